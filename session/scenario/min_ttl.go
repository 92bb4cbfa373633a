package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// MinTTL has a server that talks to direct neighbours only.
var MinTTL = &Scenario{
	Name:  "min-ttl",
	Title: "The server wants packets with TTL 255 and drops all others",
	Teaches: "IP_MINTTL keeps everybody out who is a router away: BGP uses it. Only the counter of the server's host shows it; on the wire there is " +
		"silence.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "min-ttl",
	Defaults: refusedDefaults,
	Stage:    &Stage{Topology: lab.Direct},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1),
				session.SetOption("listener", "IP_MINTTL", 255), session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog), idle()),
			triesBriefly(p),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0),
			shows("the SYN is never answered", "connections[0].outcome", "S0"), finds("min-ttl")}
	},
}
