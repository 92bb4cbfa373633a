package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// BadChecksum has a wire that flips a bit of a segment.
var BadChecksum = &Scenario{
	Name:  "bad-checksum",
	Title: "The wire flips a bit: the segment arrives, its checksum is wrong, and the server drops it",
	Teaches: "The checksum is all that TCP has against broken memory and cables. The receiver says nothing; the sender repeats the segment as if it " +
		"had been lost. Only the counter TcpInCsumErrors of the receiver knows.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "bad-checksum",
	Defaults: Hello.Defaults,
	Stage:    &Stage{Topology: lab.Direct, Cable: []string{"corrupt c2s data 1 once"}, At: "server"},
	Actors:   Hello.Actors,
	Expect:   func(p Params) []Claim { return append(Hello.Expect(p), finds("bad-checksum")) },
}

// BadChecksumSYN flips a bit of every SYN.
var BadChecksumSYN = &Scenario{
	Name:  "bad-checksum-syn",
	Title: "The wire damages every SYN: it arrives, and the server says nothing",
	Teaches: "To the client it looks like a firewall. A capture at the server shows SYNs that it ignores, with a checksum that is wrong; its counter " +
		"TcpInCsumErrors grows with each.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "bad-checksum",
	Defaults: refusedDefaults,
	Stage:    &Stage{Topology: lab.Direct, Cable: []string{"corrupt c2s syn"}, At: "server"},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0),
			shows("the SYN is never answered", "connections[0].outcome", "S0"), finds("bad-checksum")}
	},
}
