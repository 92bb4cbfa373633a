package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// FinWait2Timeout has a client that closes seconds after the server, whose host has stopped waiting for that.
var FinWait2Timeout = &Scenario{
	Name:  "fin-wait-2-timeout",
	Title: "The server closes first, the client long after it: the server's host no longer waits, and its FIN is reset",
	Teaches: "A closed socket waits in FIN-WAIT-2 for the other end's FIN, but not for ever: 60 seconds on Linux (tcp_fin_timeout), two here. Then " +
		"nobody knows the connection any more.",
	Topic:    Reset,
	Seeds:    []string{"004"},
	Cause:    "fin-wait-2-timeout",
	Defaults: endingDefaults,
	Stage: &Stage{Topology: lab.Direct, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.tcp_fin_timeout", "2")}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.RecvEOF("sock", p.Buffer), session.Sleep(3500*time.Millisecond, "the client forgets to close"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), finds("fin-wait-2-timeout")}
	},
}
