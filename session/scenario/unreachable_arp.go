package scenario

import (
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// NoSuchNeighbor asks for an address of its own network that nobody has.
var NoSuchNeighbor = &Scenario{
	Name:  "unreachable-arp",
	Title: "The address is on the client's network, but no host has it",
	Teaches: "No SYN leaves: the client asks three times by ARP who has the address. EHOSTUNREACH after three seconds means a host that " +
		"is off, or a wrong address.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "host-down-onlink",
	Defaults: Params{Addr: netip.AddrFrom4([4]byte{10, 0, 0, 99}), Port: 8080},
	Stage:    &Stage{Topology: lab.Direct},
	Actors:   alone,
	Expect:   func(Params) []Claim { return append(unreached("EHOSTUNREACH"), finds("host-down-onlink")) },
}

// alone is a client without a server anywhere.
func alone(p Params) []session.Script {
	return []session.Script{actor("client", session.Socket("sock", p.Server()), session.Connect("sock", p.Server()))}
}

// unreached is what a client shows that gets nowhere.
func unreached(errno string) []Claim {
	return []Claim{fails("client", "connect", errno), ends("client", 1)}
}

// elsewhere is an address of a network that the lab does not have (RFC 5737).
var elsewhere = Params{Addr: netip.AddrFrom4([4]byte{192, 0, 2, 1}), Port: 8080}
