package scenario

import "net/netip"

// RemoteDown asks for an address of the server's network that nobody has.
var RemoteDown = &Scenario{
	Name:  "host-down-remote",
	Title: "The last router asks for the address by ARP in vain",
	Teaches: "The SYN gets as far as the last router, and waits there for the hardware address. After three seconds the router gives up: ICMP " +
		"host unreachable, one for each SYN that waited.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "host-down-remote",
	Defaults: Params{Addr: netip.AddrFrom4([4]byte{10, 0, 1, 99}), Port: 8080},
	Stage:    routed(),
	Actors:   alone,
	Expect:   func(Params) []Claim { return append(unreached("EHOSTUNREACH"), finds("host-down-remote")) },
}
