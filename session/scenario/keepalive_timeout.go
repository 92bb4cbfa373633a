package scenario

import "tcplab/session"

// KeepaliveTimeout lets the client's kernel ask whether the server is still there.
var KeepaliveTimeout = &Scenario{
	Name:  "keepalive-timeout",
	Title: "The cable is cut while nothing is said: keep-alive probes notice it",
	Teaches: "A silent connection cannot know that its peer is gone. SO_KEEPALIVE lets the kernel ask, with a segment of no data one number back; " +
		"by default after two hours, here after a second.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "keepalive-timeout",
	Defaults: resetDefaults,
	Stage:    on("cut both packet 7"), // handshake, request, ACK, reply, ACK
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
				session.Await("client:exited"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.SetOption("sock", "SO_KEEPALIVE", 1), session.SetOption("sock", "TCP_KEEPIDLE", 1),
				session.SetOption("sock", "TCP_KEEPINTVL", 1), session.SetOption("sock", "TCP_KEEPCNT", 2),
				session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("keepalive-timeout")}
	},
}
