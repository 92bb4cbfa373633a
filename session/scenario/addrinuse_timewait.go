package scenario

import "tcplab/session"

// AddrInUseTimeWait restarts a server that had closed first.
var AddrInUseTimeWait = &Scenario{
	Name:  "addrinuse-timewait",
	Title: "A server that closed first is restarted at once",
	Teaches: "The old connection is in TIME-WAIT on the server's port for a minute. SO_REUSEADDR must have been set on the old listener " +
		"too; no process holds the port, so there is nothing to kill.",
	Topic:    Bind,
	Seeds:    []string{"000", "001", "002", "004"},
	Cause:    "bind-in-use",
	Variants: []string{literal, "second-only", fixed},
	Defaults: Params{Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		restart := listen(p)
		if p.Variant == literal {
			restart = listenPlain(p)
		}
		return []session.Script{
			lastServer(p), lastClient(p),
			actor("server", session.Await("client:exited"), session.Await("old:exited"), session.Facts("during"),
				restart, session.Close("listener")),
		}
	},
	Expect: func(p Params) []Claim {
		first := []Claim{ends("old", 0), ends("client", 0)}
		if p.Variant == fixed {
			return append(first, ends("server", 0))
		}
		return append(first, fails("server", "bind", "EADDRINUSE"), ends("server", 1), finds("bind-in-use"))
	},
}
