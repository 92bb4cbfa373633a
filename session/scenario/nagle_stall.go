package scenario

import (
	"time"

	"tcplab/session"
)

// NagleStall writes a request in two small pieces and waits for the answer.
var NagleStall = &Scenario{
	Name:  "nagle-stall",
	Title: "Write, write, read: a pause of 40 ms in every round but the first",
	Teaches: "Nagle's algorithm holds the second small segment until the first is acknowledged; the peer delays that " +
		"acknowledgement. TCP_NODELAY, or one send for one message, ends it.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "nagle-delayed-ack",
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 2000, Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		const rounds = 3
		nodelay := []session.Step{}
		if p.Variant == fixed {
			nodelay = append(nodelay, session.SetOption("sock", "TCP_NODELAY", 1))
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"),
				session.Repeat(rounds, session.RecvLine("conn", p.Buffer), session.Send("conn", "ok\n")), serverEnd(p)),
			actor("client", connect(p), nodelay,
				session.Repeat(rounds, session.Send("sock", "a request "), session.Send("sock", "in two parts\n"),
					session.RecvLine("sock", p.Buffer)),
				clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		claims := append([]Claim{ends("client", 0), ends("server", 0), moves("client", "recv", 9)}, closes("client", "SF")...)
		if p.Variant == fixed {
			return claims
		}
		return append(claims, takes("client", "recv", 30*time.Millisecond), finds("nagle-delayed-ack"))
	},
}
