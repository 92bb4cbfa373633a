package scenario

import (
	"syscall"

	"tcplab/session"
)

// AddrInUseLive starts a second server beside the first.
var AddrInUseLive = &Scenario{
	Name:  "addrinuse-live",
	Title: "A second server on a port that has a listener",
	Teaches: "SO_REUSEADDR does not let two servers share a port; SO_REUSEPORT on both does. Here stopping the other program helps. " +
		"Nothing is on the wire.",
	Topic:    Bind,
	Seeds:    []string{"000"},
	Cause:    "bind-in-use",
	Variants: []string{literal, "reuseaddr", fixed},
	Defaults: Params{Port: 8080, Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		open := steps(session.Socket("listener", p.Server()), reuse(p.Variant), session.Bind("listener", p.Server()),
			session.Listen("listener", p.Backlog))
		return []session.Script{
			actor("server", open, session.Facts("during"), session.Signal("ready"), session.Await("server2:exited"), session.Close("listener")),
			actor("server2", session.Await("server:ready"), open, session.Close("listener")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return []Claim{ends("server", 0), ends("server2", 0)}
		}
		return []Claim{ends("server", 0), fails("server2", "bind", "EADDRINUSE"), ends("server2", 1), finds("bind-in-use")}
	},
}

// reuse is the option that a variant of AddrInUseLive sets on both servers.
func reuse(variant string) []session.Step {
	switch variant {
	case "reuseaddr":
		return steps(session.SetOption("listener", "SO_REUSEADDR", 1))
	case fixed:
		return steps(session.SetOption("listener", "SO_REUSEPORT", 1))
	}
	return nil
}

// AddrInUseTimeWait restarts a server that had closed first.
var AddrInUseTimeWait = &Scenario{
	Name:  "addrinuse-timewait",
	Title: "A server that closed first is restarted at once",
	Teaches: "The old connection is in TIME-WAIT on the server's port for a minute. SO_REUSEADDR must have been set on the old listener " +
		"too; no process holds the port, so there is nothing to kill.",
	Topic:    Bind,
	Seeds:    []string{"000", "001", "002", "004"},
	Cause:    "bind-in-use",
	Variants: []string{literal, "second-only", fixed},
	Defaults: Params{Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		restart := listen(p)
		if p.Variant == literal {
			restart = listenPlain(p)
		}
		return []session.Script{
			lastServer(p), lastClient(p),
			actor("server", session.Await("client:exited"), session.Await("old:exited"), session.Facts("during"),
				restart, session.Close("listener")),
		}
	},
	Expect: func(p Params) []Claim {
		first := []Claim{ends("old", 0), ends("client", 0)}
		if p.Variant == fixed {
			return append(first, ends("server", 0))
		}
		return append(first, fails("server", "bind", "EADDRINUSE"), ends("server", 1), finds("bind-in-use"))
	},
}

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
