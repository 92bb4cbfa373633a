package scenario

import (
	"time"

	"tcplab/session"
)

// FinalACKBad has a box that spoils the number in the last ACK of the handshake.
var FinalACKBad = &Scenario{
	Name:  "final-ack-bad",
	Title: "The last ACK of the handshake confirms a number that the server never sent: reset",
	Teaches: "In SYN-RECEIVED only the right number opens the connection; a wrong one is answered by a RST with that number, which the client in turn " +
		"does not believe. A box that renumbers one direction does this.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "final-ack-bad",
	Defaults: resetDefaults,
	Stage:    on("set ack +1000 c2s flags ack"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Await("client:exited"), session.Close("listener")),
			actor("client", connect(p), session.Timeout("sock", "SO_RCVTIMEO", 1500*time.Millisecond), session.Recv("sock", p.Buffer).Unchecked(),
				session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 1), fails("client", "recv", "EAGAIN"), ends("client", 0), ends("server", 0), finds("final-ack-bad")}
	},
}
