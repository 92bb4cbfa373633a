package scenario

import (
	"net/netip"

	"tcplab/session/lab"
)

// Prohibited asks for a network that the router refuses to forward to.
var Prohibited = &Scenario{
	Name:  "unreachable-prohibited",
	Title: "The router has a prohibit route: it forwards nothing there, by policy",
	Teaches: "ICMP type 3 code 13 is a decision, not an outage: somebody configured it. connect gives EHOSTUNREACH, \"No route to host\", " +
		"although there is one.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "reject-icmp-admin-prohibited",
	Defaults: elsewhere,
	Stage:    routed(prohibits("router", netip.PrefixFrom(elsewhere.Addr, 24))),
	Actors:   alone,
	Expect:   func(Params) []Claim { return append(unreached("EHOSTUNREACH"), finds("reject-icmp-admin-prohibited")) },
}

// prohibits makes a host refuse to forward to a network.
func prohibits(host string, network netip.Prefix) Arrangement {
	return Arrangement{host, "ip route add prohibit " + network.Masked().String(),
		func(h *lab.Host) error { return h.RefuseRoute(network, lab.Prohibit) }}
}
