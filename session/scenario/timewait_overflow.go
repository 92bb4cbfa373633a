package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// TimeWaitOverflow has a host that may keep no connection in TIME-WAIT.
var TimeWaitOverflow = &Scenario{
	Name:  "timewait-overflow",
	Title: "The server closes first, but its host keeps nothing in TIME-WAIT: the client's FIN is reset",
	Teaches: "TIME-WAIT answers the last segments of the other end. With tcp_max_tw_buckets exhausted nobody is left to do so, and a clean close ends " +
		"in a RST.",
	Topic:    Reset,
	Seeds:    []string{"004"},
	Cause:    "timewait-overflow",
	Defaults: endingDefaults,
	Stage: &Stage{Topology: lab.Direct, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.tcp_max_tw_buckets", "0")}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.RecvEOF("sock", p.Buffer), session.Sleep(100*time.Millisecond, "the client takes its time"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim { return []Claim{ends("client", 0), ends("server", 0), finds("timewait-overflow")} },
}
