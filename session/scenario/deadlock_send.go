package scenario

import "tcplab/session"

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
