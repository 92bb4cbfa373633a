package scenario

import (
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
