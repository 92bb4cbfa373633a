package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// CableCut takes the path away in the middle of a connection.
var CableCut = &Scenario{
	Name:  "cable-cut",
	Title: "The cable is cut in the middle: the client repeats its data, and gives up alone",
	Teaches: "No RST and no FIN: nobody is left to send one. The client's timer ends the wait, here by TCP_USER_TIMEOUT, by default after a quarter " +
		"of an hour. The server never learns of it: for it the connection stays ESTABLISHED, half-open.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "user-timeout",
	Defaults: resetDefaults,
	Stage:    on("cut both packet 7"), // handshake, request, ACK, reply, ACK
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
				session.Await("client:exited"), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer),
				session.SetOption("sock", "TCP_USER_TIMEOUT", 2000), session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ETIMEDOUT"), ends("client", 1), ends("server", 0),
			shows("the server still believes in it", "kernel[0].state", "ESTABLISHED"), finds("user-timeout")}
	},
}

// Retries2 ends the same wait by the host's own setting.
var Retries2 = &Scenario{
	Name:  "retries2-timeout",
	Title: "The cable is cut, and the client's kernel gives up by itself (net.ipv4.tcp_retries2)",
	Teaches: "Who sets no timeout waits for the kernel's: 15 repetitions by default, a quarter of an hour. Here the host is told to give up after three. " +
		"No RST says so; the server keeps its half of the connection.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "retries2-timeout",
	Defaults: resetDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: CableCut.Stage.Cable, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("client", "net.ipv4.tcp_retries2", "3"), noProbe("client")}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
				session.Await("client:exited"), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer), session.Send("sock", p.Message+"\n"),
				session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ETIMEDOUT"), ends("client", 1), ends("server", 0),
			shows("the server still believes in it", "kernel[0].state", "ESTABLISHED"), finds("retries2-timeout")}
	},
}

// OrphanTimeout leaves the last words to a kernel whose program has gone.
var OrphanTimeout = &Scenario{
	Name:  "orphan-timeout",
	Title: "The cable is cut, the client sends, closes and ends: its kernel repeats alone, and gives up in silence",
	Teaches: "close returns at once, and the program ends with status 0. What it sent last is repeated by the kernel, a few times only (net.ipv4.tcp_orphan_retries), and " +
		"then lost: nobody is left to be told.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "orphan-timeout",
	Defaults: resetDefaults,
	// Two retries are 1.4 s by Linux's count, whatever the round trip. From 50 ms on that is three repetitions at least, on a busy machine too.
	Stage: &Stage{Topology: lab.Direct, Cable: CableCut.Stage.Cable, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("client", "net.ipv4.tcp_orphan_retries", "2"), noProbe("client"), slowTimer("client", 50*time.Millisecond)}
	}},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
				session.Await("client:exited"), session.Sleep(3500*time.Millisecond, "the client's kernel repeats what is left, and gives up"),
				session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Send("sock", p.Message+"\n"), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), shows("the server still believes in it", "kernel[0].state", "ESTABLISHED"), finds("orphan-timeout")}
	},
}
