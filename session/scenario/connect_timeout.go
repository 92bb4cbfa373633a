package scenario

import (
	"time"

	"tcplab/session"
)

// ConnectTimeout gives up on connect before the kernel does.
var ConnectTimeout = &Scenario{
	Name:     "connect-timeout",
	Title:    "The program's own timeout ends connect before the kernel's",
	Teaches:  "With SO_SNDTIMEO a blocking connect gives EINPROGRESS when its time is over: the kernel had not given up yet.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "app-connect-timeout",
	Defaults: Params{Port: 8080, Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Await("crowd:exited"),
				session.Repeat(p.Backlog+1, session.Accept("listener", "conn"), session.RecvEOF("conn", p.Buffer), session.Close("conn")),
				session.Close("listener")),
			actor("crowd", session.Await("server:listening"),
				session.Repeat(p.Backlog+1, session.Socket("sock", p.Server()), session.Connect("sock", p.Server())),
				session.Signal("connected"), session.Await("client:exited")),
			actor("client", session.Await("crowd:connected"), session.Socket("sock", p.Server()),
				session.Timeout("sock", "SO_SNDTIMEO", 300*time.Millisecond), session.Connect("sock", p.Server())),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "EINPROGRESS"), ends("client", 1), ends("server", 0), finds("app-connect-timeout")}
	},
}
