package scenario

import "tcplab/session"

// Time is the time server of the fifth handout. Its literal variant makes a datagram socket and asks it to listen.
var Time = &Scenario{
	Name:     "time",
	Title:    "A server sends its time of day and closes; the client says nothing",
	Teaches:  "Data can flow one way only. Whoever closes first holds TIME-WAIT: here the server. Literal: a datagram socket cannot listen.",
	Topic:    Exchange,
	Seeds:    []string{"004"},
	Variants: []string{fixed, literal},
	Defaults: Params{Port: 9999, Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		if p.Variant == literal {
			return []session.Script{
				actor("server",
					session.Datagram("listener", p.Server()),
					session.Bind("listener", p.Server()),
					session.Listen("listener", p.Backlog)),
				actor("client",
					session.Await("server:exited"),
					session.Socket("sock", p.Server()),
					session.Connect("sock", p.Server())),
			}
		}
		return []session.Script{
			actor("server", listen(p),
				session.Accept("listener", "conn"),
				session.Answer("conn", "ctime"),
				session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p),
				session.RecvEOF("sock", p.Buffer),
				session.Info("sock", "close"), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == literal {
			return []Claim{fails("server", "listen", "EOPNOTSUPP"), ends("server", 1),
				fails("client", "connect", "ECONNREFUSED"), ends("client", 1)}
		}
		const stamp = len("Mon Jan _2 15:04:05 2006\r\n")
		return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "recv", stamp)}, closes("server", "SF")...)
	},
}
