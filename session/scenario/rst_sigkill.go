package scenario

import (
	"syscall"

	"tcplab/session"
)

// KillUnread kills a server that has not read.
var KillUnread = &Scenario{
	Name:     "rst-sigkill",
	Title:    "The server is killed with the client's data unread: a reset",
	Teaches:  "The kernel closes what a killed process leaves. Unread data makes that a RST; without, it is a FIN.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "kill-with-unread-data",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Poll("conn", pollIn, -1),
				session.Signal("unread"), busy),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer)),
			actor("shell", session.Await("server:unread"), session.Kill("server", syscall.SIGKILL)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{dies("server", "SIGKILL"), fails("client", "recv", "ECONNRESET"), ends("client", 1),
			finds("kill-with-unread-data")}
	},
}
