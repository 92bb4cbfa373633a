package scenario

import "tcplab/session"

// PMTUOK has a narrow link behind a router that says so.
var PMTUOK = &Scenario{
	Name:  "pmtu-ok",
	Title: "A router asks for packets of 1280 bytes, and gets them",
	Teaches: "Path MTU discovery at work: a segment too large is answered by ICMP with the size that fits, and sent again in smaller pieces. Filter " +
		"that answer, and it becomes pmtu-blackhole.",
	Topic:    Exchange,
	Seeds:    []string{"003"},
	Cause:    "pmtu-ok",
	Defaults: Params{Port: 8080, Reply: "received", Backlog: 3, Buffer: 16 << 10, Size: 8 * 1448},
	Stage:    routed(mtu("router", 1280)),
	Actors:   func(p Params) []session.Script { return largeRequest(p) },
	Expect:   func(p Params) []Claim { return append(answered(p), finds("pmtu-ok")) },
}
