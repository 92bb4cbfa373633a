package scenario

import "tcplab/session"

// SimultaneousClose lets the two FINs cross on a slow wire: there each end closes long before it can hear of the other.
var SimultaneousClose = &Scenario{
	Name:  "simultaneous-close",
	Title: "Both ends close at the same time",
	Teaches: "Two FINs that cross are each acknowledged on their own, and both ends pass through CLOSING into TIME-WAIT. On loopback this is rare: " +
		"a FIN arrives within the system call that sends it.",
	Topic:    Ending,
	Seeds:    []string{"000", "002"},
	Defaults: endingDefaults,
	Stage:    on("delay 90ms both fin"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Await("client:ready"), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Signal("ready"), session.Await("client:ready"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), shows("the FINs cross", "connections[0].close.kind", "simultaneous"),
			shows("both wait", "connections[0].close.time_wait", "both"), shows("the connection ends in order", "connections[0].outcome", "SF")}
	},
}
