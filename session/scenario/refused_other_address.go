package scenario

import "tcplab/session"

// OtherAddress has a server on another of the host's addresses.
var OtherAddress = &Scenario{
	Name:     "refused-other-address",
	Title:    "The server is bound to the host's own address, the client asks for 127.0.0.1",
	Teaches:  "Bound to one address, a server refuses on all others of the same host, loopback among them.",
	Topic:    Refused,
	Seeds:    []string{"000", "003"},
	Cause:    "bound-other-address",
	Defaults: refusedDefaults,
	Choose: func(*Params) error {
		_, err := ownIPv4()
		return err
	},
	Actors: func(p Params) []session.Script {
		bound := p
		bound.Addr, _ = ownIPv4() // Choose has seen that there is one
		return []session.Script{actor("server", listen(bound), idle()), tries(p.Server())}
	},
	Expect: func(Params) []Claim { return refusal("bound-other-address") },
}
