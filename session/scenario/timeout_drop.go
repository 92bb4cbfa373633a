package scenario

import "tcplab/session"

// Dropped has a firewall that does not answer.
var Dropped = &Scenario{
	Name:  "timeout-drop",
	Title: "The server's firewall drops the SYN without a word",
	Teaches: "Silence has many causes: a rule, a dead host, a lost answer. The client repeats its SYN and gives up: here after three, " +
		"by TCP_SYNCNT; by default after more than two minutes.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "syn-dropped",
	Defaults: refusedDefaults,
	Stage:    guarded("drop"),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0),
			shows("the SYN is never answered", "connections[0].outcome", "S0"), finds("syn-dropped")}
	},
}

// triesBriefly is a client that gives up after three seconds instead of two minutes.
func triesBriefly(p Params) session.Script {
	return actor("client", session.Await("server:ready"), session.Socket("sock", p.Server()),
		session.SetOption("sock", "TCP_SYNCNT", 1), session.Connect("sock", p.Server()))
}
