package scenario

import "tcplab/session"

// UDPOnly has a server on the same port of another protocol.
var UDPOnly = &Scenario{
	Name:     "refused-udp-only",
	Title:    "The port is bound, but for UDP",
	Teaches:  "TCP and UDP ports are two tables: a UDP socket on 9999 does not open TCP port 9999.",
	Topic:    Refused,
	Seeds:    []string{"004"},
	Cause:    "closed-port",
	Defaults: Params{Port: 9999, Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Datagram("listener", p.Server()), session.Bind("listener", p.Server()), idle()),
			tries(p.Server()),
		}
	},
	Expect: func(Params) []Claim { return refusal("closed-port") },
}
