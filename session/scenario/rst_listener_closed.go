package scenario

import "tcplab/session"

// ListenerClosed ends a server while a second client waits to be accepted.
var ListenerClosed = &Scenario{
	Name:  "rst-listener-closed",
	Title: "The server serves one client and ends; the second had connected and is reset",
	Teaches: "The kernel completes handshakes and acknowledges data before accept. Closing the listener resets every connection that " +
		"was never accepted.",
	Topic:    Reset,
	Seeds:    []string{"001", "002", "003"},
	Cause:    "listener-closed-queue",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Signal("accepted"),
				session.Await("client2:sent"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", asked(p), clientEnd(p)),
			actor("client2", session.Await("server:accepted"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
				session.Send("sock", p.Message+"\n"), session.Signal("sent"), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), fails("client2", "recv", "ECONNRESET"), ends("client2", 1),
			finds("listener-closed-queue")}
	},
}
