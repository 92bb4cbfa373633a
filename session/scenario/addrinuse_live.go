package scenario

import "tcplab/session"

// AddrInUseLive starts a second server beside the first.
var AddrInUseLive = &Scenario{
	Name:  "addrinuse-live",
	Title: "A second server on a port that has a listener",
	Teaches: "SO_REUSEADDR does not let two servers share a port; SO_REUSEPORT on both does, alone, beside it, or as the OR-ed option 15. Here stopping the other program helps. " +
		"Nothing is on the wire.",
	Topic:    Bind,
	Seeds:    []string{"000"},
	Cause:    "bind-in-use",
	Variants: []string{literal, "reuseaddr", "option-15", "both", fixed},
	Sound:    []string{"option-15", "both"},
	Defaults: Params{Port: 8080, Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		open := steps(session.Socket("listener", p.Server()), reuse(p.Variant), session.Bind("listener", p.Server()),
			session.Listen("listener", p.Backlog))
		return []session.Script{
			actor("server", open, session.Facts("during"), session.Signal("ready"), session.Await("server2:exited"), session.Close("listener")),
			actor("server2", session.Await("server:ready"), open, session.Close("listener")),
		}
	},
	Expect: func(p Params) []Claim {
		switch p.Variant {
		case fixed, "option-15", "both":
			return []Claim{ends("server", 0), ends("server2", 0)}
		}
		return []Claim{ends("server", 0), fails("server2", "bind", "EADDRINUSE"), ends("server2", 1), finds("bind-in-use")}
	},
}

// reuse is the option that a variant of AddrInUseLive sets on both servers.
func reuse(variant string) []session.Step {
	switch variant {
	case "reuseaddr":
		return steps(session.SetOption("listener", "SO_REUSEADDR", 1))
	case "option-15":
		return options("listener", []string{"SO_REUSEADDR|SO_REUSEPORT"})
	case "both":
		return options("listener", []string{"SO_REUSEADDR", "SO_REUSEPORT"})
	case fixed:
		return options("listener", []string{"SO_REUSEPORT"})
	}
	return nil
}
