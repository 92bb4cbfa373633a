package scenario

import (
	"fmt"
	"slices"

	"tcplab/session"
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
	Actors: wholeRequest,
	Expect: func(p Params) []Claim {
		return append(answered(p), finds("loss-sack-off"), shows(fmt.Sprintf("segments sent again: %d", 2), "connections[0].client_to_server.retransmissions", "2"))
	},
}

// wholeRequest has a server that is told of the request when all of it is there, and touches the socket no sooner. While a program
// holds its socket the kernel puts segments together, and acknowledges them once: too few ACKs would name the hole, on a busy machine.
func wholeRequest(p Params) []session.Script {
	scripts := largeRequest(p)
	scripts[0] = actor("server", slices.Insert(listen(p), 1, session.SetOption("listener", "SO_RCVLOWAT", p.Size)), session.Accept("listener", "conn"),
		session.Poll("conn", pollIn, -1), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p))
	return scripts
}
