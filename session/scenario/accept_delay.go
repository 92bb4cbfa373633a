package scenario

import "tcplab/session"

// AcceptDelay has a server that is late to accept.
var AcceptDelay = &Scenario{
	Name:     "accept-delay",
	Title:    "The server accepts half a second late",
	Teaches:  "connect returns when the kernel has done the handshake. Until accept the connection waits in the queue, its data acknowledged.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "accept-delay",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Await("client:sent"), session.Facts("during"), session.Sleep(think, "another client is served"),
				session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Signal("sent"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), takes("client", "recv", thought), finds("accept-delay")},
			closes("client", "SF")...)
	},
}
