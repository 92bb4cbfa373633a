package scenario

import (
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// Hairpin has a server that answers from another address than it was asked on.
var Hairpin = &Scenario{
	Name:  "nat-hairpin-mismatch",
	Title: "The SYN,ACK comes from another address than the SYN went to",
	Teaches: "A client behind the same NAT as the server is answered directly, past the NAT. Its kernel knows no such connection and resets it; " +
		"connect waits for an answer from the right address.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "nat-hairpin-mismatch",
	Defaults: refusedDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"set src 10.0.0.77 s2c synack"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{owns("server", netip.AddrFrom4([4]byte{10, 0, 0, 77}))}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("nat-hairpin-mismatch")}
	},
}

// owns gives a host one more address.
func owns(host string, addr netip.Addr) Arrangement {
	return Arrangement{host, "ip address add " + addr.String(), func(h *lab.Host) error { return h.AddAddress(netip.PrefixFrom(addr, 24)) }}
}
