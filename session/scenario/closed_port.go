package scenario

import "tcplab/session"

// ClosedPort is the client of Hello with nobody listening.
var ClosedPort = &Scenario{
	Name:  "closed-port",
	Title: "The client connects to a port on which nothing listens",
	Teaches: "The kernel of the server's host answers the SYN itself, with RST,ACK; connect fails at once with " +
		"ECONNREFUSED. No program takes part on the other side.",
	Topic:    Refused,
	Seeds:    []string{"000", "003"},
	Cause:    "closed-port",
	Defaults: Params{Port: 8080, Message: "Hello from client", Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{{Actor: "client", Steps: helloCall(p)}}
	},
	Expect: func(Params) []Claim {
		return []Claim{
			fails("client", "connect", "ECONNREFUSED"), ends("client", 1),
			shows("a RST answers the SYN", "connections[0].outcome", "REJ"), finds("closed-port"),
		}
	},
}
