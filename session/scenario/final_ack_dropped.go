package scenario

import (
	"time"

	"tcplab/session"
)

// FinalACKDropped has a box on the path that lets the SYN through and nothing that follows.
var FinalACKDropped = &Scenario{
	Name:  "final-ack-dropped",
	Title: "Nothing of the client's but its SYN gets through: it is connected, the server is not",
	Teaches: "The client believes in the connection when it has the SYN,ACK, the server only with the ACK. The server repeats its SYN,ACK, " +
		"the client its request, and accept never returns: half-open by loss.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "final-ack-dropped",
	Defaults: resetDefaults,
	Stage:    on("drop c2s ack", "drop c2s data", "drop c2s fin"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Poll("listener", pollIn, 2*time.Second).Unchecked(), session.Signal("waited"),
				session.Await("client:exited"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Timeout("sock", "SO_RCVTIMEO", 1500*time.Millisecond),
				session.Recv("sock", p.Buffer).Unchecked(), session.Await("server:waited"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 1), fails("client", "recv", "EAGAIN"), ends("client", 0), ends("server", 0),
			finds("final-ack-dropped")}
	},
}
