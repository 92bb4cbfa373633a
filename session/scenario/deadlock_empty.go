package scenario

import "tcplab/session"

// DeadlockEmpty is the third handout's program when the user types nothing.
var DeadlockEmpty = &Scenario{
	Name:     "deadlock-empty",
	Title:    "An empty message: send returns 0, no segment leaves, both ends wait in recv",
	Teaches:  "A send of no bytes sends nothing. Without a frame the server cannot know that a message was meant.",
	Topic:    Waiting,
	Seeds:    []string{"002"},
	Cause:    "deadlock-recv",
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 12345, Reply: "Fine, thanks", Backlog: 5, Buffer: 32},
	Actors: func(p Params) []session.Script {
		if p.Variant == fixed {
			return []session.Script{actor("server", served(p), serverEnd(p)), actor("client", asked(p), clientEnd(p))}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer),
				session.Close("listener"), session.Close("conn")),
			actor("client", connect(p), session.Send("sock", p.Message), session.Recv("sock", p.Buffer-1), session.Close("sock")),
			interrupt(),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		return append(deadlock(), moves("client", "send", 0))
	},
}
