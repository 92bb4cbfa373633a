package scenario

import "tcplab/session"

// ICMPOnEstablished breaks the path of an open connection, and says so.
var ICMPOnEstablished = &Scenario{
	Name:  "icmp-on-established",
	Title: "A router reports host unreachable for data of an open connection",
	Teaches: "On an open connection such an error is only remembered: TCP goes on repeating, the path may heal. When the timer ends, recv reports it: " +
		"EHOSTUNREACH instead of ETIMEDOUT.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "icmp-on-established",
	Defaults: resetDefaults,
	Stage:    on("icmp host-unreachable c2s data 2-9"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"),
				session.Await("client:exited"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer),
				session.SetOption("sock", "TCP_USER_TIMEOUT", 1500), session.Send("sock", p.Message+"\n"), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "EHOSTUNREACH"), ends("client", 1), ends("server", 0), finds("icmp-on-established")}
	},
}
