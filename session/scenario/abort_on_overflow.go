package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// AbortOnOverflow has a server that resets what its queue cannot hold. One client waits in the queue already; the other two
// shake hands at once, the first one's ACK held until the second has its SYN,ACK: both SYNs find room and only one ACK does.
// With less of a backlog the kernel would answer the second SYN with a cookie, and the ACK of that gets no RST.
var AbortOnOverflow = &Scenario{
	Name:  "abort-on-overflow",
	Title: "Two clients for one place in the queue: the second is reset after its handshake",
	Teaches: "With tcp_abort_on_overflow a client that completes its handshake too late is told so, with a RST. Without it the server keeps " +
		"silent.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "abort-on-overflow",
	Defaults: Params{Port: 8080, Backlog: 1, Buffer: 1024},
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"delay both 20ms", "pass c2s ack once", "hold c2s ack for s2c packet 3"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("server", "net.ipv4.tcp_abort_on_overflow", "1")}
	}},
	Actors: func(p Params) []session.Script {
		patient := steps(session.Timeout("sock", "SO_RCVTIMEO", time.Second), session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock"))
		return []session.Script{
			actor("server", listen(p), session.Await("client:exited"), session.Await("client2:exited"),
				session.Accept("listener", "one"), session.RecvEOF("one", p.Buffer), session.Close("one"),
				session.Accept("listener", "two"), session.RecvEOF("two", p.Buffer), session.Close("two"), session.Close("listener")),
			actor("early", connect(p), session.Signal("connected"), session.Await("client2:exited"), session.Close("sock")),
			actor("client", session.Await("early:connected"), session.Socket("sock", p.Server()), session.Nonblock("sock"),
				session.Connect("sock", p.Server()).Unchecked(), session.Signal("calling"),
				session.Poll("sock", pollOut, -1), session.Poll("sock", pollIn, time.Second).Unchecked(), session.Close("sock")),
			actor("client2", session.Await("client:calling"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()), patient),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client2", "connect", 1), ends("client", 0), ends("server", 0), finds("abort-on-overflow"),
			// A machine so busy that one SYN comes after the other's ACK finds the queue full earlier: that is another story.
			shows("the client's SYN finds room", "connections[1].client_to_server.retransmissions", "0"),
			shows("client2's SYN finds room", "connections[2].client_to_server.retransmissions", "0")}
	},
}
