package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// OtherNetNS has a server that runs, but in another network namespace: here the client's own.
var OtherNetNS = &Scenario{
	Name:     "other-netns-listener",
	Title:    "The server listens in another network namespace, as in a container whose port is not published",
	Teaches:  "Each namespace has listeners of its own. ps shows the server, ss on the host does not: look with lsns -t net and nsenter.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "other-netns-listener",
	Defaults: refusedDefaults,
	Stage:    &Stage{Topology: lab.Direct},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			// The name puts it on the client's host.
			actor("container", session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1),
				session.Bind("listener", p.Any()), session.Listen("listener", p.Backlog), idle()),
			actor("client", session.Await("container:ready"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server())),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ECONNREFUSED"), ends("client", 1), ends("container", 0),
			shows("a RST answers the SYN", "connections[0].outcome", "REJ"), finds("other-netns-listener")}
	},
}
