package scenario

import (
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// ECNBlackhole has a box that drops SYNs which ask for explicit congestion notification.
var ECNBlackhole = &Scenario{
	Name:     "ecn-blackhole",
	Title:    "SYNs that ask for ECN are dropped; the second one does not ask, and works",
	Teaches:  "Linux falls back to a plain SYN after a second: every connection through such a box takes a second to open, and nobody sees why.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "ecn-blackhole",
	Defaults: Hello.Defaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"drop c2s syn flags ece,cwr"}, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("client", "net.ipv4.tcp_ecn", "1")}
	}},
	Actors: Hello.Actors,
	Expect: func(p Params) []Claim {
		return append(Hello.Expect(p), takes("client", "connect", 900*time.Millisecond), finds("ecn-blackhole"))
	},
}

// ECNNoFallback has a client that insists on ECN, until somebody tells it not to.
var ECNNoFallback = &Scenario{
	Name:  "ecn-blackhole-nofallback",
	Title: "SYNs that ask for ECN are dropped, and the client never asks without; a second attempt does, and works",
	Teaches: "With net.ipv4.tcp_ecn_fallback=0 each copy of the SYN asks for ECN, and connect times out as behind any firewall. Only an attempt without ECN " +
		"shows what the box dislikes.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "ecn-blackhole",
	Defaults: resetDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: ECNBlackhole.Stage.Cable, Arrange: func(Params) []Arrangement {
		return []Arrangement{sysctl("client", "net.ipv4.tcp_ecn", "1"), sysctl("client", "net.ipv4.tcp_ecn_fallback", "0")}
	}},
	Actors: func(p Params) []session.Script { return secondTry(p, session.Sysctl("net.ipv4.tcp_ecn", "2")) },
	Expect: func(p Params) []Claim { return secondWorks(p, "ecn-blackhole") },
}
