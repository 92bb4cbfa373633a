package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// ReversePath has a server that would send its answer another way than the SYN came.
var ReversePath = &Scenario{
	Name:  "rp-filter",
	Title: "The SYN comes from an address that the server would answer by another way: dropped",
	Teaches: "With rp_filter Linux drops packets whose source it would not reach by the same interface: asymmetric routes and forgotten networks. The " +
		"counter IPReversePathFilter shows it, nothing else.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "rp-filter",
	Defaults: refusedDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"set src 192.0.2.9 c2s"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.conf.all.rp_filter", "1"), sysctl("server", "net.ipv4.conf.eth0.rp_filter", "1")}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0),
			shows("the SYN is never answered", "connections[0].outcome", "S0"), finds("rp-filter")}
	},
}
