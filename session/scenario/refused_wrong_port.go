package scenario

import (
	"net/netip"

	"tcplab/session"
)

// WrongPort has a server, on the port beside.
var WrongPort = &Scenario{
	Name:     "refused-wrong-port",
	Title:    "The server listens on one port, the client asks for the next",
	Teaches:  "On the wire it is a closed port. Only the list of listeners shows the near miss.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "wrong-port",
	Defaults: refusedDefaults,
	Ports:    func(p Params) []uint16 { return []uint16{p.Port + 1} },
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), tries(netip.AddrPortFrom(p.Addr, p.Port+1))}
	},
	Expect: func(Params) []Claim { return refusal("wrong-port") },
}
