package scenario

import "tcplab/session"

// AddrInUseTimeWait restarts a server that had closed first.
var AddrInUseTimeWait = &Scenario{
	Name:  "addrinuse-timewait",
	Title: "A server that closed first is restarted at once",
	Teaches: "The old connection is in TIME-WAIT on the server's port for a minute. SO_REUSEADDR, or SO_REUSEPORT, must have been set on " +
		"the old listener too; no process holds the port, so there is nothing to kill.",
	Topic:    Bind,
	Seeds:    []string{"000", "001", "002", "004"},
	Cause:    "bind-in-use",
	Variants: []string{literal, "first-only", "second-only", "option-15", "reuseport", "both", fixed},
	Sound:    []string{"option-15", "reuseport", "both"},
	Defaults: Params{Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		old, restarted := timeWaitOptions(p.Variant)
		return []session.Script{
			oldServer(p, old), lastClient(p),
			actor("server", session.Await("client:exited"), session.Await("old:exited"), session.Facts("during"),
				session.Socket("listener", p.Server()), options("listener", restarted), session.Bind("listener", p.Server()),
				session.Listen("listener", p.Backlog), session.Close("listener")),
		}
	},
	Expect: func(p Params) []Claim {
		first := []Claim{ends("old", 0), ends("client", 0)}
		if restarts(p.Variant) {
			return append(first, ends("server", 0))
		}
		return append(first, fails("server", "bind", "EADDRINUSE"), ends("server", 1), finds("bind-in-use"))
	},
}

// timeWaitOptions are what a variant sets on the old server and on the restarted one.
func timeWaitOptions(variant string) (old, restarted []string) {
	both := map[string][]string{"option-15": {"SO_REUSEADDR|SO_REUSEPORT"}, "reuseport": {"SO_REUSEPORT"},
		"both": {"SO_REUSEADDR", "SO_REUSEPORT"}, fixed: {"SO_REUSEADDR"}}[variant]
	switch variant {
	case "first-only":
		return []string{"SO_REUSEADDR"}, nil
	case "second-only":
		return nil, []string{"SO_REUSEADDR"}
	}
	return both, both
}

// restarts reports whether the second server can bind: whatever option it is, both servers must have set it. Option 15 is
// SO_REUSEPORT (see ReusePortSplit).
func restarts(variant string) bool {
	old, restarted := timeWaitOptions(variant)
	return len(old) > 0 && len(restarted) > 0
}

// options sets options on a socket.
func options(sock string, names []string) (all []session.Step) {
	for _, name := range names {
		all = append(all, session.SetOption(sock, name, 1))
	}
	return all
}
