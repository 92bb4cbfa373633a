package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// PortExhaustionTimeWait leaves the client two source ports, and closes first on both.
var PortExhaustionTimeWait = &Scenario{
	Name:  "port-exhaustion-timewait",
	Title: "The client closes first, again and again: TIME-WAIT holds its source ports",
	Teaches: "Who closes first keeps the port pair for a minute. A client that opens and closes many connections to one server runs out of ports with none of them " +
		"open. Let the server close first, or keep connections.",
	Topic:    Bind,
	Seeds:    []string{"004"},
	Cause:    "port-exhaustion-timewait",
	Defaults: Params{Port: 9999, Backlog: 5, Buffer: 1024},
	Stage: &Stage{Topology: lab.Direct, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("client", "net.ipv4.ip_local_port_range", "40001 40002")}
	}},
	Actors: func(p Params) []session.Script {
		open := []session.Step{session.Socket("sock", p.Server()), session.Connect("sock", p.Server())}
		again := []session.Step{session.Accept("listener", "conn"), session.RecvEOF("conn", p.Buffer), session.Close("conn")}
		return []session.Script{
			actor("server", listen(p), session.Repeat(2, again...), session.Await("client:exited"), session.Close("listener")),
			actor("client", session.Await("server:listening"), session.Repeat(2, steps(open, clientEnd(p))...), session.Facts("during"), open),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 2), fails("client", "connect", "EADDRNOTAVAIL"), ends("client", 1), ends("server", 0), finds("port-exhaustion-timewait")}
	},
}
