package scenario

import "tcplab/session/lab"

// Reordering lets one segment be overtaken. Linux waits a quarter of the round trip for it, which the late machine is to keep.
var Reordering = &Scenario{
	Name:  "reordering",
	Title: "The third segment is overtaken by those behind it",
	Teaches: "The receiver repeats its ACK as if a segment were lost, and takes it back when the late one arrives. Nothing is sent again if the " +
		"sender waits a little: that is why it wants three repeated ACKs, or a quarter of the round trip.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "reordering",
	Defaults: lossDefaults,
	Stage:    &Stage{Topology: lab.Direct, Cable: []string{longWay, "swap c2s data 3 once"}, At: "server", Arrange: unhurried},
	Actors:   largeRequest,
	Expect: func(p Params) []Claim {
		return append(answered(p), finds("reordering"),
			shows("one segment comes late", "connections[0].client_to_server.out_of_order", "1"),
			shows("none is sent again", "connections[0].client_to_server.retransmissions", "0"))
	},
}
