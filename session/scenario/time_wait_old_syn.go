package scenario

import (
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// OldSYN meets TIME-WAIT with a number that is not new enough.
var OldSYN = &Scenario{
	Name:  "time-wait-old-syn",
	Title: "The same two ports again, but with an older number: TIME-WAIT answers with its last ACK",
	Teaches: "TIME-WAIT lets a newer connection in and takes an older SYN for a stray. Its ACK means nothing to the client, whose kernel resets it: that " +
		"ends TIME-WAIT, and the next SYN opens the connection.",
	Topic:    Ending,
	Seeds:    []string{"004"},
	Cause:    "time-wait-old-syn",
	Defaults: resetDefaults,
	Stage:    &Stage{Topology: lab.Direct, Cable: []string{"set seq -500000000 c2s syn packet 3-20 once", "set tsval -100000000 c2s syn packet 3-20 once"}},
	Actors: func(p Params) []session.Script {
		from := netip.AddrPortFrom(lab.Peer(p.Addr), clientPort)
		return []session.Script{
			actor("server", listen(p), session.Repeat(2, session.Accept("listener", "conn"), session.Send("conn", p.Reply+"\n"),
				session.Close("conn")), session.Close("listener")),
			actor("client", session.Await("server:listening"), session.Repeat(2, session.Socket("sock", p.Server()),
				session.SetOption("sock", "SO_REUSEADDR", 1), session.Bind("sock", from), session.Connect("sock", p.Server()),
				session.RecvEOF("sock", p.Buffer), session.Linger("sock", 1), session.Close("sock"))),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{counts("client", "connect", 2), ends("client", 0), ends("server", 0), finds("time-wait-old-syn")}
	},
}

// OldSYN1337 meets a TIME-WAIT that no RST can end.
var OldSYN1337 = &Scenario{
	Name:  "time-wait-old-syn-rfc1337",
	Title: "The same older number, and TIME-WAIT is protected (net.ipv4.tcp_rfc1337): the client is kept out",
	Teaches: "RFC 1337 warns of a RST that ends TIME-WAIT too early. With tcp_rfc1337=1 Linux ignores it: every SYN is answered by the old ACK, that by a RST, and " +
		"connect fails until the minute is over.",
	Topic:    Ending,
	Seeds:    []string{"004"},
	Cause:    "time-wait-old-syn-rfc1337",
	Defaults: resetDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"set seq -500000000 c2s syn packet 3-99", "set tsval -100000000 c2s syn packet 3-99"},
		Arrange: func(Params) []Arrangement { return []Arrangement{sysctl("server", "net.ipv4.tcp_rfc1337", "1")} }},
	Actors: func(p Params) []session.Script {
		from := netip.AddrPortFrom(lab.Peer(p.Addr), clientPort)
		open := steps(session.Socket("sock", p.Server()), session.SetOption("sock", "SO_REUSEADDR", 1), session.Bind("sock", from))
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Send("conn", p.Reply+"\n"), session.Close("conn"), session.Await("client:exited"),
				session.Close("listener")),
			actor("client", session.Await("server:listening"), open, session.Connect("sock", p.Server()), session.RecvEOF("sock", p.Buffer), session.Linger("sock", 1),
				session.Close("sock"), open, session.SetOption("sock", "TCP_SYNCNT", 1), session.Connect("sock", p.Server())),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{counts("client", "connect", 1), fails("client", "connect", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("time-wait-old-syn-rfc1337")}
	},
}
