package scenario

import (
	"time"

	"tcplab/session"
)

// think is how long a program takes for what it does.
const think = 500 * time.Millisecond

// ServerThinks has a server that needs its time for the answer.
var ServerThinks = &Scenario{
	Name:     "server-think-time",
	Title:    "The request is acknowledged at once, the answer comes half a second later",
	Teaches:  "The network has done its part with the ACK. The time until the answer is the server program's.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "server-think-time",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Sleep(think, "the server computes"), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", asked(p), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), takes("client", "recv", think), finds("server-think-time")},
			closes("client", "SF")...)
	},
}

// ClientThinks has a client that needs its time between requests.
var ClientThinks = &Scenario{
	Name:     "client-think-time",
	Title:    "The client takes half a second between two requests",
	Teaches:  "Nothing is in flight and the window is open: the pause is the client program's.",
	Topic:    Waiting,
	Seeds:    []string{"002"},
	Cause:    "client-think-time",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", asked(p), session.Sleep(think, "the user types"), session.Send("sock", p.Message+"\n"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), takes("server", "recv", think), finds("client-think-time")},
			closes("client", "SF")...)
	},
}

// AcceptDelay has a server that is late to accept.
var AcceptDelay = &Scenario{
	Name:     "accept-delay",
	Title:    "The server accepts half a second late",
	Teaches:  "connect returns when the kernel has done the handshake. Until accept the connection waits in the queue, its data acknowledged.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "accept-delay",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Await("client:sent"), session.Facts("during"), session.Sleep(think, "another client is served"),
				session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Signal("sent"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), takes("client", "recv", think), finds("accept-delay")},
			closes("client", "SF")...)
	},
}

// Cork holds the last small segment back until a timer lets it go.
var Cork = &Scenario{
	Name:     "cork-200ms",
	Title:    "TCP_CORK holds a small segment for 200 ms",
	Teaches:  "A corked socket sends full segments only. What is less waits for uncorking, or for a timer of 200 ms.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "cork-200ms",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), serverEnd(p)),
			actor("client", connect(p), session.SetOption("sock", "TCP_CORK", 1), session.Send("sock", p.Message+"\n"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), takes("client", "recv", 150*time.Millisecond), finds("cork-200ms")},
			closes("client", "SF")...)
	},
}

// DeadlockSend has two programs that write without reading until both windows are shut.
var DeadlockSend = &Scenario{
	Name:     "deadlock-send",
	Title:    "Client and server both write and neither reads: both windows shut",
	Teaches:  "Each waits for the other to make room. The kernels probe the closed windows for ever; only the programs can end it.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "deadlock-send",
	Defaults: Params{Port: 2000, Backlog: 1, Buffer: 1024, Size: 4 << 20},
	Actors: func(p Params) []session.Script {
		small := func(sock string) []session.Step {
			return []session.Step{session.SetOption(sock, "SO_RCVBUF", 8192), session.SetOption(sock, "SO_SNDBUF", 8192)}
		}
		return []session.Script{
			actor("server", session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1), small("listener"),
				session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog), session.Accept("listener", "conn"),
				session.SendSize("conn", p.Size)),
			actor("client", session.Await("server:listening"), session.Socket("sock", p.Server()), small("sock"),
				session.Connect("sock", p.Server()), session.SendSize("sock", p.Size)),
			actor("shell", session.Await("client:in-send"), session.Await("server:in-send"),
				session.Facts("during"), session.Sleep(think, "how long the silence is watched"),
				session.Kill("client", sigInterrupt), session.Await("client:exited")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{dies("client", "SIGINT"), finds("deadlock-send")}
	},
}
