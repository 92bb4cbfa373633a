package scenario

import "tcplab/session"

// SpoofedRefusal has a box that refuses in the server's name, and a server that accepts.
var SpoofedRefusal = &Scenario{
	Name:  "syn-rst-ack-spoofed",
	Title: "A forged RST overtakes the server's SYN,ACK",
	Teaches: "Two answers to one SYN contradict each other: one of them is not the server's. The first one wins, and the client's kernel resets " +
		"the real one.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "syn-rst-ack-spoofed",
	Defaults: refusedDefaults,
	Stage:    on("delay both 20ms", "reset to sender ttl 57 c2s syn once"),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), tries(p.Server())}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ECONNREFUSED"), ends("client", 1), ends("server", 0), finds("syn-rst-ack-spoofed")}
	},
}
