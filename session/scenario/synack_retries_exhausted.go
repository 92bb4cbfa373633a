package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// SYNACKExhausted has a server that gives up on a handshake which the client believes finished.
var SYNACKExhausted = &Scenario{
	Name:  "synack-retries-exhausted",
	Title: "The server has given up its SYN,ACKs: the client's data is reset, though connect had succeeded",
	Teaches: "The last ACK of the handshake and the data behind it were lost for too long. The server forgot the half-open connection without a word; the " +
		"first segment that arrives then meets a listener that knows nothing of it.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "synack-retries-exhausted",
	Defaults: resetDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"drop c2s ack until 4s", "drop c2s data until 4s"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.tcp_synack_retries", "1")} // given up after three seconds
	}},
	Deadline: 20 * time.Second,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Await("client:exited"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 1), fails("client", "recv", "ECONNRESET"), ends("client", 0), ends("server", 0),
			finds("synack-retries-exhausted")}
	},
}
