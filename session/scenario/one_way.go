package scenario

import "tcplab/session"

// OneWay is the second handout's program: the server prints its address, reads once and closes; it never answers.
var OneWay = &Scenario{
	Name:     "one-way",
	Title:    "The client sends one message and closes; the server never answers",
	Teaches:  "getsockname shows where a server is bound. No byte travels from server to client, and none is needed to close.",
	Topic:    Exchange,
	Seeds:    []string{"001"},
	Variants: []string{fixed, literal},
	Defaults: Params{Port: 8080, Message: "Hello from client!", Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		if p.Variant == literal {
			return []session.Script{
				actor("server",
					session.Socket("listener", p.Any()), session.Bind("listener", p.Any()),
					session.Getsockname("listener"), session.Listen("listener", p.Backlog).Unchecked(),
					session.Accept("listener", "conn").Unchecked(), session.Recv("conn", p.Buffer).Unchecked(),
					session.Close("listener"), session.Close("conn")),
				actor("client", connect(p), session.Send("sock", p.Said()).Unchecked(), session.Close("sock")),
			}
		}
		return []session.Script{
			actor("server",
				session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1),
				session.Bind("listener", p.Server()), session.Getsockname("listener"),
				session.Listen("listener", p.Backlog),
				session.Accept("listener", "conn"), serverEnd(p)),
			actor("client", connect(p), session.Send("sock", p.Said()), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		read := len(p.Said())
		if p.Variant == literal {
			read = min(read, p.Buffer) // it reads once
		}
		claims := []Claim{ends("client", 0), ends("server", 0), moves("server", "recv", read),
			shows("no byte from the server", "connections[0].server_to_client.payload_bytes", "0")}
		if p.Variant == literal {
			return claims
		}
		return append(claims, closes("client", "SF")...)
	},
}
