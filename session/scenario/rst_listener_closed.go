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
	Variants: []string{"one-waits", "two-wait", fixed},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		if p.Variant == fixed {
			return servesBoth(p)
		}
		last, third := "client2:sent", []session.Script(nil)
		if p.Variant == "two-wait" {
			last, third = "client3:sent", []session.Script{waits(p, "client3", "client2:sent")}
		}
		return append([]session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Signal("accepted"),
				session.Await(last), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", asked(p), clientEnd(p)),
			waits(p, "client2", "server:accepted"),
		}, third...)
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return []Claim{counts("server", "accept", 2), moves("client2", "recv", len(p.Reply)+1), ends("client", 0), ends("client2", 0), ends("server", 0)}
		}
		return []Claim{ends("client", 0), ends("server", 0), fails("client2", "recv", "ECONNRESET"), ends("client2", 1),
			finds("listener-closed-queue")}
	},
}

// servesBoth keeps the listener until the client that waits has been served too.
func servesBoth(p Params) []session.Script {
	serve := steps(session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), session.RecvEOF("conn", p.Buffer), session.Close("conn"))
	return []session.Script{
		actor("server", listen(p), session.Accept("listener", "conn"), session.Signal("accepted"), session.Await("client2:sent"), serve,
			session.Accept("listener", "conn"), serve, session.Close("listener")),
		actor("client", asked(p), clientEnd(p)),
		actor("client2", session.Await("server:accepted"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
			session.Send("sock", p.Message+"\n"), session.Signal("sent"), session.RecvLine("sock", p.Buffer), clientEnd(p)),
	}
}

// waits is a client that connects after an event, and that nobody accepts.
func waits(p Params, name, after string) session.Script {
	return actor(name, session.Await(after), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
		session.Send("sock", p.Message+"\n"), session.Signal("sent"), session.Recv("sock", p.Buffer))
}
