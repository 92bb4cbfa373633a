package scenario

import (
	"fmt"

	"tcplab/session"
	"tcplab/session/lab"
)

// DroppedOnTheWay has a router that does not answer.
var DroppedOnTheWay = &Scenario{
	Name:  "timeout-drop-middle",
	Also:  []string{"syn-dropped-middle"},
	Title: "A router on the way drops the SYN without a word",
	Teaches: "The client sees what it sees of a server's firewall: nothing. A capture at the server would show that no SYN gets there: the path drops it, not " +
		"the host.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "syn-dropped",
	Defaults: refusedDefaults,
	Stage: &Stage{Topology: lab.Routed, Arrange: func(p Params) []Arrangement {
		return []Arrangement{firewall("router", fmt.Sprintf("forward tcp dport %d drop", p.Port))}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("syn-dropped")}
	},
}
