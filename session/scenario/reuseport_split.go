package scenario

import (
	"syscall"

	"tcplab/session"
)

// ReusePortSplit runs two copies of the first handout's server at once.
var ReusePortSplit = &Scenario{
	Name:  "reuseport-split",
	Title: "SO_REUSEADDR|SO_REUSEPORT is SO_REUSEPORT: two servers share the clients",
	Teaches: "2|15 is 15 on Linux. Both copies bind and listen, and the kernel deals the connections out between them: half of the " +
		"clients reach a server that nobody remembers.",
	Topic:    Bind,
	Seeds:    []string{"000"},
	Defaults: Params{Port: 8080, Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		const clients = 20
		copyOf := func(name string) session.Script {
			return actor(name, session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR|SO_REUSEPORT", 1),
				session.GetOption("listener", "SO_REUSEADDR"), session.GetOption("listener", "SO_REUSEPORT"),
				session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog),
				session.Repeat(clients+1, session.Accept("listener", "conn"), session.Send("conn", name+"\n"), session.Close("conn")))
		}
		return []session.Script{
			copyOf("server"), copyOf("server2"),
			actor("client", session.Await("server:listening"), session.Await("server2:listening"),
				session.Repeat(clients, session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
					session.RecvEOF("sock", p.Buffer), session.Close("sock"))),
			actor("shell", session.Await("client:exited"), session.Kill("server", syscall.SIGTERM), session.Kill("server2", syscall.SIGTERM)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), counts("client", "connect", 20), dies("server", "SIGTERM"), dies("server2", "SIGTERM"),
			{Text: "the first server serves some", Call: &Call{Actor: "server", Op: "accept"}},
			{Text: "the second server serves some", Call: &Call{Actor: "server2", Op: "accept"}}}
	},
}
