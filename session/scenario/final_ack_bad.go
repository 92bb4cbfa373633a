package scenario

import "tcplab/session"

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
	Stage:    on("set ack +1000 c2s ack until 600ms"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", connect(p), session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), finds("final-ack-bad")}
	},
}
