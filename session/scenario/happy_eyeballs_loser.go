package scenario

import (
	"net/netip"
	"time"

	"tcplab/session"
)

// HappyEyeballs tries both families at once and keeps the one that answers.
var HappyEyeballs = &Scenario{
	Name:  "happy-eyeballs-loser",
	Title: "A name has an IPv6 and an IPv4 address: the client tries both, and drops the slower one",
	Teaches: "Programs do not wait for a slow family: a quarter of a second later they try the other one too. The loser's SYN,ACK meets no socket and is " +
		"reset. Nothing is wrong.",
	Topic:    Waiting,
	Seeds:    []string{"001", "003", "004"},
	Cause:    "happy-eyeballs-loser",
	Needs:    []string{"ipv6"},
	Defaults: resetDefaults,
	Stage:    on("delay 500ms s2c synack once"),
	Actors: func(p Params) []session.Script {
		six := netip.AddrPortFrom(netip.MustParseAddr("fd00::2"), p.Port)
		both := netip.AddrPortFrom(netip.IPv6Unspecified(), p.Port)
		return []session.Script{
			actor("server", session.Socket("listener", both), session.SetOption("listener", "SO_REUSEADDR", 1), session.SetOption("listener", "IPV6_V6ONLY", 0),
				session.Bind("listener", both), session.Listen("listener", p.Backlog), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", session.Await("server:listening"), session.Socket("six", six), session.Nonblock("six"), session.Connect("six", six).Unchecked(),
				session.Poll("six", pollOut, 250*time.Millisecond).Unchecked(), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()),
				session.Close("six"), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer),
				session.Sleep(400*time.Millisecond, "the slow answer comes"), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "EINPROGRESS"), counts("client", "connect", 1), ends("client", 0), ends("server", 0), finds("happy-eyeballs-loser")}
	},
}
