package scenario

import (
	"time"

	"tcplab/session"
)

// SimultaneousClose tries to let the two FINs cross. On the loopback interface a FIN arrives within the system call that
// sends it, so both ends spin to the same microsecond and it still does not work every time.
var SimultaneousClose = &Scenario{
	Name:  "simultaneous-close",
	Title: "Both ends close at the same time (most runs; on loopback the two FINs meet only if both processors are free)",
	Teaches: "Two FINs that cross are each acknowledged on their own, and both ends pass through CLOSING into TIME-WAIT. " +
		"Repeat the run when the FINs did not cross.",
	Topic:    Ending,
	Seeds:    []string{"000", "002"},
	Defaults: endingDefaults,
	Actors: func(p Params) []session.Script {
		const lead = 5 * time.Millisecond // until then both ends have been woken
		return []session.Script{
			actor("server", served(p), session.Await("client:ready"), session.Signal("ready"),
				session.Meet("server:ready", lead, 1), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Signal("ready"), session.Meet("server:ready", lead, 0), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0),
			shows("the connection ends in order", "connections[0].outcome", "SF")}
	},
}
