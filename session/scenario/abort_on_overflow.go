package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// AbortOnOverflow has a server that resets what its queue cannot hold.
var AbortOnOverflow = overflows("abort-on-overflow", "1", "Two clients for one place in the queue: the second is reset after its handshake",
	"With tcp_abort_on_overflow a client that completes its handshake too late is told so, with a RST. Without it the server keeps silent.",
	func() []Claim { return []Claim{finds("abort-on-overflow")} })

// overflows is a server with room for one connection, and two clients whose handshakes run at once on a slow wire.
func overflows(name, abort, title, teaches string, more func() []Claim) *Scenario {
	patient := func(p Params) []session.Step {
		return steps(session.Await("server:listening"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
			session.Timeout("sock", "SO_RCVTIMEO", 500*time.Millisecond), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock"))
	}
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Reset, Seeds: []string{"000"}, Cause: name,
		Defaults: Params{Port: 8080, Buffer: 1024},
		Stage: &Stage{Topology: lab.Direct, Cable: []string{"delay both 50ms"}, Arrange: func(Params) []Arrangement {
			return []Arrangement{sysctl("server", "net.ipv4.tcp_abort_on_overflow", abort)}
		}},
		Actors: func(p Params) []session.Script {
			return []session.Script{
				actor("server", listen(p), session.Await("client:exited"), session.Await("client2:exited"), session.Close("listener")),
				actor("client", patient(p)), actor("client2", patient(p)),
			}
		},
		Expect: func(Params) []Claim {
			return append([]Claim{counts("client", "connect", 1), counts("client2", "connect", 1), ends("server", 0)}, more()...)
		},
	}
}
