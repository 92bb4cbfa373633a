package scenario

import "tcplab/session/lab"

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
