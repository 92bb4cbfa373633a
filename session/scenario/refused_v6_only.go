package scenario

import (
	"net/netip"

	"tcplab/session"
)

// V6Only has a server for IPv6 and a client for IPv4.
var V6Only = &Scenario{
	Name:     "refused-v6-only",
	Title:    "The server listens for IPv6 only, the client comes by IPv4",
	Teaches:  "[::] takes IPv4 clients too, unless IPV6_V6ONLY is set. Each family has its own listeners.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "v6only-listener",
	Needs:    []string{"ipv6"},
	Defaults: refusedDefaults,
	Actors: func(p Params) []session.Script {
		any6 := netip.AddrPortFrom(netip.IPv6Unspecified(), p.Port)
		return []session.Script{
			actor("server", session.Socket("listener", any6), session.SetOption("listener", "IPV6_V6ONLY", 1),
				session.Bind("listener", any6), session.Listen("listener", p.Backlog), idle()),
			tries(p.Server()),
		}
	},
	Expect: func(Params) []Claim { return refusal("v6only-listener") },
}
