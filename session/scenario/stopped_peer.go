package scenario

import (
	"syscall"
	"time"

	"tcplab/session"
)

// StoppedPeer stops the server with SIGSTOP: its kernel lives on.
var StoppedPeer = &Scenario{
	Name:  "stopped-peer",
	Title: "The server is stopped: handshake and data are acknowledged, nothing answers",
	Teaches: "An ACK comes from the kernel. It proves that the bytes arrived, not that a program has read them. SIGCONT and the reply " +
		"comes after all.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "server-stopped",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", connect(p), session.Await("server:stopped"),
				session.Timeout("sock", "SO_RCVTIMEO", 300*time.Millisecond),
				session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer).Unchecked(), session.Signal("waited"),
				session.Timeout("sock", "SO_RCVTIMEO", 0), session.RecvLine("sock", p.Buffer), clientEnd(p)),
			actor("shell", session.Await("server:in-recv"), session.Kill("server", syscall.SIGSTOP),
				session.Await("client:waited"), session.Kill("server", syscall.SIGCONT)),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{fails("client", "recv", "EAGAIN"), moves("client", "recv", len(p.Reply)+1), ends("client", 0), ends("server", 0),
			finds("server-stopped")}
	},
}
