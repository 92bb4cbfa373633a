package scenario

import (
	"fmt"
	"time"

	"tcplab/session"
	"tcplab/session/lab"
)

// Dropped has a firewall that does not answer.
var Dropped = &Scenario{
	Name:  "timeout-drop",
	Title: "The server's firewall drops the SYN without a word",
	Teaches: "Silence has many causes: a rule, a dead host, a lost answer. The client repeats its SYN and gives up: here after three, " +
		"by TCP_SYNCNT; by default after more than two minutes. The variants end it by other timers.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "syn-dropped",
	Variants: []string{"syncnt", "no-linear", "user-timeout", "send-timeout"},
	Defaults: refusedDefaults,
	Stage: &Stage{Topology: lab.Direct, Arrange: func(p Params) []Arrangement {
		arranged := []Arrangement{firewall("server", fmt.Sprintf("input tcp dport %d drop", p.Port))}
		if p.Variant == "no-linear" {
			arranged = append(arranged, sysctl("client", "net.ipv4.tcp_syn_linear_timeouts", "0"))
		}
		return arranged
	}},
	Actors: func(p Params) []session.Script {
		limit := map[string]session.Step{"user-timeout": session.SetOption("sock", "TCP_USER_TIMEOUT", 2500),
			"send-timeout": session.Timeout("sock", "SO_SNDTIMEO", 1500*time.Millisecond)}[p.Variant]
		if limit.Op == "" {
			return []session.Script{actor("server", listen(p), idle()), triesBriefly(p)}
		}
		return []session.Script{actor("server", listen(p), idle()),
			actor("client", session.Await("server:ready"), session.Socket("sock", p.Server()), limit, session.Connect("sock", p.Server()))}
	},
	Expect: func(p Params) []Claim {
		errno := "ETIMEDOUT"
		if p.Variant == "send-timeout" {
			errno = "EINPROGRESS" // the attempt goes on, the call does not
		}
		return []Claim{fails("client", "connect", errno), ends("client", 1), ends("server", 0),
			shows("the SYN is never answered", "connections[0].outcome", "S0"), finds("syn-dropped")}
	},
}

// triesBriefly is a client that gives up after three seconds instead of two minutes.
func triesBriefly(p Params) session.Script {
	return actor("client", session.Await("server:ready"), session.Socket("sock", p.Server()),
		session.SetOption("sock", "TCP_SYNCNT", 1), session.Connect("sock", p.Server()))
}
