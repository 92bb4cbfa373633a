package scenario

import (
	"fmt"

	"tcplab/session"
	"tcplab/session/lab"
)

// OutputReject has a client whose own firewall refuses.
var OutputReject = &Scenario{
	Name:  "output-reject-local",
	Title: "The client's own firewall refuses: no packet leaves",
	Teaches: "A capture that stays empty while connect is refused points at the host itself: the rule stands behind the program and before the " +
		"capture.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "output-reject-local",
	Defaults: refusedDefaults,
	Stage:    confined("reject with tcp reset"),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), tries(p.Server())}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ECONNREFUSED"), ends("client", 1), ends("server", 0), finds("output-reject-local")}
	},
}

// OutputDrop has a client whose own firewall drops.
var OutputDrop = &Scenario{
	Name:     "output-drop-local",
	Title:    "The client's own firewall drops the SYN: no packet leaves, connect waits",
	Teaches:  "It looks like a silent server, but the capture on the client is empty, even of ARP: nothing was ever sent.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "output-drop-local",
	Defaults: refusedDefaults,
	Stage:    confined("drop"),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("output-drop-local")}
	},
}

// confined is a stage of two hosts where a firewall rule keeps the client from the server's port.
func confined(rule string) *Stage {
	return &Stage{Topology: lab.Direct, Arrange: func(p Params) []Arrangement {
		return []Arrangement{firewall("client", fmt.Sprintf("output tcp dport %d %s", p.Port, rule))}
	}}
}
