package scenario

import (
	"tcplab/session"
	"tcplab/session/lab"
)

// SockDestroy has an administrator who aborts a connection.
var SockDestroy = &Scenario{
	Name:  "sock-destroy",
	Title: "An administrator aborts the server's connection: both programs are told, in different words",
	Teaches: "ss -K makes the kernel abort a connection that belongs to a program. The program's next call gives ECONNABORTED, the peer, which gets a RST, " +
		"ECONNRESET.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "sock-destroy",
	Defaults: resetDefaults,
	Stage:    &Stage{Topology: lab.Direct},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Recv("conn", p.Buffer).Unchecked(), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Signal("answered"), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock")),
			actor("server-admin", session.Await("client:answered"), session.Destroy(p.Server())),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "recv", "ECONNABORTED"), fails("client", "recv", "ECONNRESET"), ends("server", 0), ends("client", 0), finds("sock-destroy")}
	},
}
