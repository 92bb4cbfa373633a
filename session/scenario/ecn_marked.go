package scenario

import "tcplab/session/lab"

// ECNMarked has a router that marks instead of dropping.
var ECNMarked = &Scenario{
	Name:  "ecn-marked",
	Title: "A router marks a packet that it would have dropped: the sender slows down, nothing is lost",
	Teaches: "Both ends asked for ECN in their SYNs. The mark CE is in the IP header; the receiver echoes it with ECE until the sender answers CWR " +
		"and halves its window.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "ecn-marked",
	Defaults: lossDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"delay both 5ms", "set tos 3 c2s data 2-3"}, At: "server", Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("client", "net.ipv4.tcp_ecn", "1"), sysctl("server", "net.ipv4.tcp_ecn", "1")}
	}},
	Actors: largeRequest,
	Expect: func(p Params) []Claim { return append(answered(p), finds("ecn-marked")) },
}
