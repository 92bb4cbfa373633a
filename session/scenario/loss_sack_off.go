package scenario

import (
	"fmt"

	"tcplab/session/lab"
)

// LossWithoutSACK loses two segments of a flight on a connection that cannot name the holes.
var LossWithoutSACK = &Scenario{
	Name:  "loss-sack-off",
	Title: "Two segments are lost, and the server does not agree to SACK: one hole is repaired each round trip",
	Teaches: "Without selective acknowledgements an ACK names the first missing byte only. The sender learns of the second hole when the first is filled: a round " +
		"trip more for every loss.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "loss-sack-off",
	Defaults: lossDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{longWay, "drop c2s data 2 once", "drop c2s data 4 once"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.tcp_sack", "0"), patient("client"), noProbe("client")}
	}},
	Actors: largeRequest,
	Expect: func(p Params) []Claim {
		return append(answered(p), finds("loss-sack-off"), shows(fmt.Sprintf("segments sent again: %d", 2), "connections[0].client_to_server.retransmissions", "2"))
	},
}
