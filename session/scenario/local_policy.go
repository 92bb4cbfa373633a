package scenario

import "tcplab/session"

// LocalPolicy has a client in a sandbox that may not connect.
var LocalPolicy = &Scenario{
	Name:  "local-policy",
	Title: "A sandbox forbids the client's connect: EPERM, and no packet leaves",
	Teaches: "A policy of the client's own host, here a seccomp filter as containers and services have them, answers in the kernel's place. Nobody else is " +
		"ever asked: no packet, no route, no firewall.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "local-policy",
	Defaults: refusedDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()),
			actor("client", session.Await("server:ready"), session.ForbidConnect(), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()))}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "EPERM"), ends("client", 1), ends("server", 0), finds("local-policy")}
	},
}
