package scenario

import "tcplab/session"

// Misbound restarts a server that looks at no result.
var Misbound = &Scenario{
	Name:  "refused-misbound",
	Title: "bind fails, the server goes on and listens on a random port",
	Teaches: "listen on an unbound socket succeeds: the kernel chooses a port. The server looks healthy and every client is refused. " +
		"Check what bind returns.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "bind-in-use",
	Variants: []string{literal, fixed},
	Defaults: Params{Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		restart := steps(session.Socket("listener", p.Server()), session.Bind("listener", p.Server()).Unchecked(),
			session.Listen("listener", p.Backlog).Unchecked(), session.Getsockname("listener"), session.Signal("ready"),
			session.Await("client2:exited"), session.Close("listener"))
		if p.Variant == fixed {
			restart = steps(session.Await("client:exited"), listen(p), session.Signal("ready"),
				session.Accept("listener", "conn"), serverEnd(p))
		}
		return []session.Script{
			lastServer(p), lastClient(p),
			actor("server", session.Await("client:exited"), session.Await("old:exited"), restart),
			actor("client2", session.Await("server:ready"), session.Socket("sock", p.Server()),
				session.Connect("sock", p.Server()), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return []Claim{ends("client2", 0), ends("server", 0)}
		}
		return []Claim{fails("server", "bind", "EADDRINUSE"), counts("server", "listen", 1), ends("server", 0),
			fails("client2", "connect", "ECONNREFUSED"), ends("client2", 1), finds("bind-in-use")}
	},
}
