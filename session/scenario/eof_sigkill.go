package scenario

import (
	"syscall"

	"tcplab/session"
)

// KillRead kills a server that has read all.
var KillRead = &Scenario{
	Name:     "eof-sigkill",
	Title:    "The server is killed with nothing unread: an ordinary FIN",
	Teaches:  "A crash need not look like one: the client reads end of file, as after any close, but without its reply.",
	Topic:    Ending,
	Seeds:    []string{"003"},
	Cause:    "kill-without-unread-data",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Signal("read"), busy),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvEOF("sock", p.Buffer),
				session.Info("sock", "close"), session.Close("sock")),
			actor("shell", session.Await("server:read"), session.Kill("server", syscall.SIGKILL)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{dies("server", "SIGKILL"), ends("client", 0), finds("kill-without-unread-data")}, closes("server", "SF")...)
	},
}
