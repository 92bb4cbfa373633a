package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// SYNACKDropped has a way back on which nothing arrives.
var SYNACKDropped = &Scenario{
	Name:  "synack-dropped",
	Title: "The server answers, but nothing of it arrives: seen at the server",
	Teaches: "The client cannot tell this from a dropped SYN. At the server the SYN,ACKs are plain to see, and repeated: look for what is wrong on " +
		"the way back.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "synack-dropped",
	Defaults: refusedDefaults,
	Stage:    &Stage{Topology: lab.Direct, Cable: []string{"drop s2c synack"}, At: "server"},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("synack-dropped")}
	},
}
