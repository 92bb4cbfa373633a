package scenario

import "tcplab/session"

// DroppedOnTheWay has a router that does not answer.
var DroppedOnTheWay = &Scenario{
	Name:  "timeout-drop-middle",
	Title: "A router on the way drops the SYN without a word",
	Teaches: "The client sees what it sees of a server's firewall: nothing. A capture at the server would show that no SYN gets there: the path drops it, not " +
		"the host.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "syn-dropped",
	Defaults: refusedDefaults,
	Stage:    routed(firewall("router", "forward tcp dport 8080 drop")),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("syn-dropped")}
	},
}
