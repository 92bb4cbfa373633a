package scenario

import "tcplab/session"

// NotListening has a TCP socket that is bound and nothing more.
var NotListening = &Scenario{
	Name:     "refused-not-listening",
	Title:    "The server has called bind, but not listen",
	Teaches:  "bind reserves the address; only listen makes the kernel answer a SYN with SYN,ACK.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "closed-port",
	Defaults: refusedDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Socket("listener", p.Server()), session.Bind("listener", p.Server()), idle()),
			tries(p.Server()),
		}
	},
	Expect: func(Params) []Claim { return refusal("closed-port") },
}
