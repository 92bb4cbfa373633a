package scenario

import "tcplab/session"

// PortExhaustion leaves the client two source ports and asks for three connections.
var PortExhaustion = &Scenario{
	Name:     "port-exhaustion",
	Title:    "The client has no source port left",
	Teaches:  "A connection is told from others by both addresses and both ports. With all source ports to one server in use, connect fails at once, without a packet.",
	Topic:    Bind,
	Seeds:    []string{"004"},
	Cause:    "port-exhaustion",
	Defaults: Params{Port: 9999, Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		_, highest := session.EphemeralPorts()
		open := func(sock string) []session.Step {
			return []session.Step{session.Socket(sock, p.Server()),
				session.SetOption(sock, "IP_LOCAL_PORT_RANGE", highest<<16|(highest-1)), session.Connect(sock, p.Server())}
		}
		third := open("sock3")
		third[2] = third[2].Unchecked()
		serve := []session.Step{session.Accept("listener", "conn"), session.Close("conn")}
		return []session.Script{
			// The server closes first: TIME-WAIT on the client would hold the two ports for the next run.
			actor("server", listen(p), session.Await("client:exhausted"), session.Repeat(2, serve...), session.Close("listener")),
			actor("client", session.Await("server:listening"), open("sock"), open("sock2"), third, session.Facts("during"),
				session.Signal("exhausted"), session.RecvEOF("sock", p.Buffer), session.RecvEOF("sock2", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 2), fails("client", "connect", "EADDRNOTAVAIL"), ends("client", 0), ends("server", 0),
			finds("port-exhaustion")}
	},
}
