package scenario

import (
	"time"

	"tcplab/session"
)

// LingerTimeout waits in close for an acknowledgement that does not come.
var LingerTimeout = &Scenario{
	Name:  "linger-timeout",
	Title: "SO_LINGER of a second: close waits for it, gives up, and returns 0 all the same",
	Teaches: "With SO_LINGER above 0 close blocks until everything is acknowledged, or the time is over. It returns 0 in both cases: success of close " +
		"proves nothing about delivery.",
	Topic:    Ending,
	Seeds:    []string{"000"},
	Cause:    "linger-timeout",
	Defaults: resetDefaults,
	Stage:    on("drop c2s data", "drop c2s fin"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Await("client:exited"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Linger("sock", 1), session.Send("sock", p.Message+"\n"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{takes("client", "close", 950*time.Millisecond), ends("client", 0), ends("server", 0), finds("linger-timeout")}
	},
}
