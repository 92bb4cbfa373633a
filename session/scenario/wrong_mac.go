package scenario

import (
	"net"

	"tcplab/session"
	"tcplab/session/lab"
)

// WrongMAC has a client with a wrong entry in its neighbour table.
var WrongMAC = &Scenario{
	Name:  "wrong-mac",
	Title: "The client's neighbour table holds a wrong hardware address for the server",
	Teaches: "The SYNs go to a hardware address that nobody has: no ARP is seen, and no answer. A static entry, or one that outlived a change of hardware; " +
		"ip neigh shows it.",
	Topic:    Waiting,
	Seeds:    []string{"002"},
	Cause:    "wrong-mac",
	Defaults: refusedDefaults,
	Stage: &Stage{Topology: lab.Direct, Arrange: func(p Params) []Arrangement {
		stale := net.HardwareAddr{2, 0, 10, 0, 0, 99}
		return []Arrangement{{"client", "ip neigh replace " + p.Addr.String() + " lladdr " + stale.String() + " nud permanent",
			func(h *lab.Host) error { return h.Neighbor(p.Addr, stale) }}}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("wrong-mac")}
	},
}
