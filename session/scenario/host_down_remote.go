package scenario

import "net/netip"

// RemoteDown asks for an address of the server's network that nobody has.
var RemoteDown = &Scenario{
	Name:  "host-down-remote",
	Title: "The last router asks for the address by ARP in vain",
	Teaches: "The SYN gets as far as the last router, and waits there for the hardware address. After three questions the router gives up: ICMP " +
		"host unreachable, one for each SYN that waited.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "host-down-remote",
	Defaults: Params{Addr: netip.AddrFrom4([4]byte{10, 0, 1, 99}), Port: 8080},
	Stage:    routed(impatient("ipv4"), impatient("ipv6")),
	Actors:   alone,
	Expect:   func(Params) []Claim { return append(unreached("EHOSTUNREACH"), finds("host-down-remote")) },
}

// impatient lets the router ask for a neighbour every 0.8 seconds in place of every second, so that it does not give up in the
// moment of the client's fourth SYN.
func impatient(family string) Arrangement {
	return sysctl("router", "net."+family+".neigh.eth1.retrans_time_ms", "800")
}
