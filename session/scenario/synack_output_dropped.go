package scenario

import (
	"fmt"

	"tcplab/session"
	"tcplab/session/lab"
)

// SYNACKOutputDropped has a server whose own firewall drops what it answers.
var SYNACKOutputDropped = &Scenario{
	Name:  "synack-output-dropped",
	Title: "The server's own firewall drops its SYN,ACK on the way out",
	Teaches: "The rule stands between the kernel that answers and the capture: even at the server only SYNs are seen, as if nobody answered. The rules of the " +
		"output chain tell.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "synack-output-dropped",
	Defaults: refusedDefaults,
	Stage: &Stage{Topology: lab.Direct, At: "server", Arrange: func(p Params) []Arrangement {
		return []Arrangement{firewall("server", fmt.Sprintf("output tcp sport %d tcp flags syn,ack drop", p.Port))}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("synack-output-dropped")}
	},
}
