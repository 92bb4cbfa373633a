package scenario

// Spurious lets the acknowledgement of a request come too late.
var Spurious = &Scenario{
	Name:  "spurious-retransmit",
	Title: "The request arrives, its acknowledgement is late: the client sends it again",
	Teaches: "The sender cannot tell a lost segment from a lost acknowledgement. The receiver says which it was: its answer to the copy names it in a " +
		"DSACK.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "spurious-retransmit",
	Defaults: Hello.Defaults,
	Stage:    on("drop s2c ack once", "delay 400ms s2c data 1"),
	Actors:   Hello.Actors,
	Expect:   func(p Params) []Claim { return append(Hello.Expect(p), finds("spurious-retransmit")) },
}
