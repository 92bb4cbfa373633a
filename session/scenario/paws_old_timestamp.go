package scenario

import "tcplab/session/lab"

// OldTimestamp has a box that mixes up the timestamps of hosts.
var OldTimestamp = &Scenario{
	Name:  "paws-old-timestamp",
	Title: "A segment bears an older timestamp than the one before it: dropped, and answered by an ACK",
	Teaches: "Timestamps protect against old duplicates (PAWS): what is older than the last one is thrown away, however right its number is. " +
		"Load balancers and NATs that mix hosts produce such segments.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "paws-old-timestamp",
	Defaults: Hello.Defaults,
	Stage:    &Stage{Topology: lab.Direct, Cable: []string{"set tsval -1000000 c2s data 1 once"}, At: "server"},
	Actors:   Hello.Actors,
	Expect:   func(p Params) []Claim { return append(Hello.Expect(p), finds("paws-old-timestamp")) },
}
