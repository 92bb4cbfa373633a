package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// ZeroWindow has a reader that pauses, and then takes all at once.
var ZeroWindow = &Scenario{
	Name:  "zero-window",
	Title: "The server's program pauses: its window closes, and opens wide when it reads again",
	Teaches: "What nobody reads fills the receiver's buffer, and its kernel advertises window 0. The sender probes with segments of no data, one number back, until " +
		"there is room. The network is innocent.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "zero-window",
	Defaults: unreadDefaults,
	Stage:    &Stage{Topology: lab.Direct, Arrange: func(Params) []Arrangement { return []Arrangement{noProbe("client")} }},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", smallWindow(p), session.Await("client:blocked"), session.Sleep(600*time.Millisecond, "the program does something else"), serverEnd(p)),
			actor("client", connect(p), session.SetOption("sock", "SO_SNDBUF", 8192), session.SendSize("sock", p.Size).DontWait(), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		return append([]Claim{fails("client", "send", "EAGAIN"), moves("server", "recv", p.Size), ends("client", 0), ends("server", 0), finds("zero-window")},
			closes("client", "SF")...)
	},
}

// ZeroWindowTimeout has a reader that never reads, and a sender that does not wait for ever.
var ZeroWindowTimeout = &Scenario{
	Name:  "zero-window-user-timeout",
	Title: "The server never reads: the client's TCP_USER_TIMEOUT ends a connection whose other end answers",
	Teaches: "A closed window is no dead peer: each probe is answered, and by itself the sender probes for ever. TCP_USER_TIMEOUT counts that too as no progress: " +
		"ETIMEDOUT, though the server's kernel is alive.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "zero-window-user-timeout",
	Defaults: unreadDefaults,
	// What the server resets when it ends is another story.
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"drop s2c rst"}, Arrange: func(Params) []Arrangement { return []Arrangement{noProbe("client")} }},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", smallWindow(p), session.Await("client:exited"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.SetOption("sock", "SO_SNDBUF", 8192), session.SetOption("sock", "TCP_USER_TIMEOUT", 1500), session.SendSize("sock", p.Size)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "send", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("zero-window-user-timeout")}
	},
}

// unreadDefaults are more than the buffers of both ends take while nobody reads.
var unreadDefaults = Params{Port: 2000, Backlog: 1, Buffer: 64 << 10, Size: 64 << 10}

// smallWindow is a server with a small receive buffer that has accepted its client.
func smallWindow(p Params) []session.Step {
	return steps(session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1), session.SetOption("listener", "SO_RCVBUF", 8192),
		session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog), session.Accept("listener", "conn"))
}
