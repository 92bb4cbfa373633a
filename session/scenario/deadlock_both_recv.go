package scenario

import "tcplab/session"

// DeadlockBoth has two programs that both wait for the other to speak.
var DeadlockBoth = &Scenario{
	Name:     "deadlock-both-recv",
	Title:    "Client and server both begin with recv",
	Teaches:  "Nothing is in flight and nothing is lost: the two programs disagree on who speaks first. TCP cannot help.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "deadlock-recv",
	Variants: []string{literal, fixed},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		if p.Variant == fixed {
			return []session.Script{actor("server", served(p), serverEnd(p)), actor("client", asked(p), clientEnd(p))}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer),
				session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Recv("sock", p.Buffer), session.Close("sock")),
			interrupt(),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		return deadlock()
	},
}
