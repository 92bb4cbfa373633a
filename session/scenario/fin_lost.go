package scenario

// FINLost loses the client's FIN.
var FINLost = &Scenario{
	Name:  "fin-lost",
	Title: "The client's FIN is lost and sent again",
	Teaches: "A FIN is acknowledged and repeated like data. Until it arrives the other end's recv waits: a close that takes 0.2 seconds longer than it " +
		"should.",
	Topic:    Ending,
	Seeds:    []string{"000"},
	Cause:    "fin-lost",
	Defaults: Hello.Defaults,
	Stage:    on("drop c2s fin once"),
	Actors:   Hello.Actors,
	Expect:   func(p Params) []Claim { return append(Hello.Expect(p), finds("fin-lost")) },
}
