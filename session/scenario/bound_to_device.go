package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// BoundToDevice has a server that listens on its loopback interface alone.
var BoundToDevice = &Scenario{
	Name:     "bound-to-device",
	Title:    "The server is tied to its lo with SO_BINDTODEVICE, the client comes by eth0",
	Teaches:  "Address and port fit, the interface does not: refused as if nobody listened. ss shows the interface behind a %.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "bound-to-device",
	Defaults: refusedDefaults,
	Stage:    &Stage{Topology: lab.Direct},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1),
				session.BindToDevice("listener", "lo"), session.Bind("listener", p.Any()), session.Listen("listener", p.Backlog), idle()),
			tries(p.Server()),
		}
	},
	Expect: func(Params) []Claim { return refusal("bound-to-device") },
}
