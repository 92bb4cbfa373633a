package scenario

import (
	"net/netip"

	"tcplab/session"
)

// LoopbackBind has a server that only its own host can reach.
var LoopbackBind = &Scenario{
	Name:  "refused-loopback-bind",
	Title: "The server is bound to 127.0.0.1, the client uses the host's other address",
	Teaches: "A listener on 127.0.0.1 does not exist for any other address, not even for the host's own. Bind to 0.0.0.0 or to the " +
		"address that clients use.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "bound-loopback-only",
	Variants: []string{literal, fixed},
	Defaults: refusedDefaults,
	Choose:   ownAddress,
	Actors: func(p Params) []session.Script {
		if p.Variant == fixed {
			everywhere := p
			everywhere.Addr = p.Any().Addr()
			return []session.Script{actor("server", listen(everywhere), session.Accept("listener", "conn"), serverEnd(p)), actor("client", connect(p), clientEnd(p))}
		}
		bound := p
		bound.Addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		return []session.Script{actor("server", listen(bound), idle()), tries(p.Server())}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		return refusal("bound-loopback-only")
	},
}

// ownAddress makes the server's address the first IPv4 address of this host that is not a loopback one.
func ownAddress(p *Params) (err error) {
	if !p.Addr.IsValid() {
		p.Addr, err = ownIPv4()
	}
	return err
}
