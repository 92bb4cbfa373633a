package scenario

import "tcplab/session/lab"

// Duplication delivers every segment of data twice.
var Duplication = &Scenario{
	Name:  "duplication",
	Title: "The wire delivers data twice",
	Teaches: "The copy has the same IP identification: the sender sent one. The receiver drops it and says so in a DSACK, an option below the " +
		"acknowledged number.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "duplication",
	Defaults: Hello.Defaults,
	Stage:    &Stage{Topology: lab.Direct, Cable: []string{"delay both 5ms", "duplicate 2ms c2s data"}, At: "server", Arrange: unhurried},
	Actors:   Hello.Actors,
	Expect:   func(p Params) []Claim { return append(Hello.Expect(p), finds("duplication")) },
}
