package scenario

import "tcplab/session/lab"

// ECNNegotiation is what ecn-blackhole would have been without the box.
var ECNNegotiation = &Scenario{
	Name:  "ecn-negotiation",
	Title: "Both ends agree on explicit congestion notification in their SYNs",
	Teaches: "The SYN asks with ECE and CWR, the SYN,ACK agrees with ECE alone. From then on data carries a mark in the IP header that a router may change instead of dropping " +
		"the packet. Linux servers agree by default, clients must be told to ask (net.ipv4.tcp_ecn).",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Defaults: Hello.Defaults,
	Stage: &Stage{Topology: lab.Direct, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("client", "net.ipv4.tcp_ecn", "1")}
	}},
	Actors: Hello.Actors,
	Expect: Hello.Expect,
}
