package scenario

import (
	"net/netip"

	"tcplab/session"
)

// LocalhostBoth tries ::1 first, as a program does that resolves localhost.
var LocalhostBoth = &Scenario{
	Name:     "localhost-both",
	Title:    "localhost is ::1 and 127.0.0.1: refused on the first, served on the second",
	Teaches:  "Programs try the addresses of a name in order. The refusal of the first is normal and no fault.",
	Topic:    Refused,
	Seeds:    []string{"001", "003"},
	Cause:    "localhost-both",
	Needs:    []string{"ipv6"},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		first := netip.AddrPortFrom(netip.IPv6Loopback(), p.Port)
		return []session.Script{
			actor("server", served(p), serverEnd(p)),
			actor("client", session.Await("server:listening"), session.Socket("six", first), session.Connect("six", first).Unchecked(),
				session.Close("six"), asked(p), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ECONNREFUSED"), ends("client", 0), ends("server", 0), finds("localhost-both")}
	},
}
