package scenario

import (
	"time"

	"tcplab/session"
)

// AcceptEMFILE has a server without a descriptor for its second client.
var AcceptEMFILE = &Scenario{
	Name:  "accept-emfile",
	Title: "The server has used up its file descriptors: accept fails, and the client waits",
	Teaches: "The kernel finishes handshakes and takes data for a program that cannot accept. Usually descriptors leak: connections that nobody closes. " +
		"A program that ignores the error and loops burns its processor.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "accept-emfile",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			// 3 is the listener, 4 the first client; there is no 5.
			actor("server", session.LimitFiles(5), listen(p), session.Accept("listener", "conn"), session.Await("client2:sent"),
				session.Accept("listener", "conn2").Unchecked(), session.Signal("failed"), session.Await("client2:exited"),
				session.RecvEOF("conn", p.Buffer), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Signal("connected"), session.Await("client2:exited"), session.Close("sock")),
			actor("client2", session.Await("client:connected"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
				session.Send("sock", p.Message+"\n"), session.Signal("sent"), session.Await("server:failed"),
				session.Timeout("sock", "SO_RCVTIMEO", 300*time.Millisecond), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "accept", "EMFILE"), counts("server", "accept", 1), fails("client2", "recv", "EAGAIN"),
			ends("server", 0), ends("client", 0), ends("client2", 0), finds("accept-emfile")}
	},
}
