package scenario

import (
	"net/netip"

	"tcplab/session"
)

// V4Only is the reverse.
var V4Only = &Scenario{
	Name:     "refused-v4-only",
	Title:    "The server listens for IPv4 only, the client comes by IPv6",
	Teaches:  "A name that resolves to both families sends the client to ::1 first; a server on 0.0.0.0 is not there.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "v4-only-listener",
	Needs:    []string{"ipv6"},
	Defaults: Params{Addr: netip.IPv6Loopback(), Port: 8080, Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		bound := p
		bound.Addr = netip.IPv4Unspecified()
		return []session.Script{actor("server", listen(bound), idle()), tries(p.Server())}
	},
	Expect: func(Params) []Claim { return refusal("v4-only-listener") },
}
