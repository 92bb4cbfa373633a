package scenario

import "tcplab/session/lab"

// LinkDown asks over a cable that is out at the other end.
var LinkDown = &Scenario{
	Name:  "link-down-peer",
	Title: "The cable is out at the server's end: the client has no carrier",
	Teaches: "Without a carrier Linux keeps the route and asks for the hardware address in vain: EHOSTUNREACH after three seconds, and not a packet on the wire, " +
		"not even ARP.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "link-down-peer",
	Defaults: refusedDefaults,
	Stage: &Stage{Topology: lab.Direct, Arrange: func(Params) []Arrangement {
		return []Arrangement{{"server", "ip link set eth0 down", func(h *lab.Host) error { return h.SetUp(false) }}}
	}},
	Actors: alone,
	Expect: func(Params) []Claim { return append(unreached("EHOSTUNREACH"), finds("link-down-peer")) },
}
