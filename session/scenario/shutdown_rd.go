package scenario

import (
	"golang.org/x/sys/unix"

	"tcplab/session"
)

// ShutdownRead closes the ear, and nobody notices.
var ShutdownRead = &Scenario{
	Name:  "shutdown-rd",
	Title: "The server calls shutdown(SHUT_RD): nothing is sent, and what the client sends is still acknowledged",
	Teaches: "TCP has no way to say that one will not listen. recv gives 0 as at an end of file, but Linux goes on acknowledging, and a later recv even gives what has " +
		"come since. Only close tells the other end.",
	Topic:    Ending,
	Seeds:    []string{"000"},
	Defaults: endingDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Shutdown("conn", unix.SHUT_RD),
				session.Recv("conn", p.Buffer), session.Signal("deaf"), session.Await("client:sent"), session.RecvLine("conn", p.Buffer),
				session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Await("server:deaf"), session.Send("sock", p.Message+"\n"),
				session.Signal("sent"), session.RecvEOF("sock", p.Buffer), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		return append([]Claim{counts("server", "shutdown", 1), moves("server", "recv", 2*len(p.Message)+2), ends("client", 0), ends("server", 0)}, closes("server", "SF")...)
	},
}
