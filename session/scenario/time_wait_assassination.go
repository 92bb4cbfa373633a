package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// TimeWaitAssassination ends TIME-WAIT with a RST that is none of anybody's.
var TimeWaitAssassination = &Scenario{
	Name:  "time-wait-assassination",
	Title: "A stray RST ends the server's TIME-WAIT: it can bind its port again at once",
	Teaches: "The end that closes first holds TIME-WAIT for a minute, and a bind without SO_REUSEADDR fails as long. A RST with a number in the window ends it too early " +
		"(RFC 1337); with net.ipv4.tcp_rfc1337=1 Linux does not listen to it.",
	Topic:    Ending,
	Seeds:    []string{"004"},
	Cause:    "time-wait-assassination",
	Defaults: resetDefaults,
	// The RST follows the last ACK, the server's second one without data, back to the server.
	Stage: &Stage{Topology: lab.Direct, At: "server", Cable: []string{"pass s2c ack once", "reset to sender ttl 57 s2c ack once"}},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listenPlain(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), session.Close("conn"),
				session.Accept("listener", "conn"), session.RecvEOF("conn", p.Buffer), session.Linger("conn", 1), session.Close("conn"), session.Close("listener"),
				session.Socket("listener", p.Server()), session.Bind("listener", p.Server()), session.Close("listener")),
			// close waits for the last ACK, so the RST behind it is on its way before the second SYN. That connection leaves the server nothing.
			actor("client", asked(p), session.RecvEOF("sock", p.Buffer), session.Linger("sock", 1), session.Close("sock"),
				session.Socket("sock", p.Server()), session.Connect("sock", p.Server()), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("server", "bind", 2), ends("client", 0), ends("server", 0),
			shows("first to close: server", "connections[0].close.by", "server"), finds("time-wait-assassination")}
	},
}
