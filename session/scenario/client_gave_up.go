package scenario

import (
	"time"

	"tcplab/session"
)

// GaveUp has a client with less patience than the wire needs.
var GaveUp = &Scenario{
	Name:  "client-gave-up",
	Title: "The SYN,ACK comes after the client has given up: its kernel resets it",
	Teaches: "A timeout of the program's own ends the attempt early. The late SYN,ACK finds no socket, and the server sees a client that connects and " +
		"resets.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "client-gave-up",
	Defaults: refusedDefaults,
	Stage:    on("delay 700ms s2c synack"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), idle()),
			actor("client", session.Await("server:ready"), session.Socket("sock", p.Server()), session.Timeout("sock", "SO_SNDTIMEO", 300*time.Millisecond),
				session.Connect("sock", p.Server()).Unchecked(), session.Close("sock"), session.Sleep(600*time.Millisecond, "the answer is still on its way")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "EINPROGRESS"), ends("client", 0), ends("server", 0), finds("client-gave-up")}
	},
}
