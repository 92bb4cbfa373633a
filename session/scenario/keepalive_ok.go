package scenario

import (
	"time"

	"tcplab/session"
)

// KeepaliveOK asks whether the server is still there, and it is.
var KeepaliveOK = &Scenario{
	Name:  "keepalive-ok",
	Title: "Nothing is said for a second: the client's kernel asks whether the server is there, and it answers",
	Teaches: "The probe of SO_KEEPALIVE is an ACK with a number that has passed; its answer is an ACK as well. Neither program sees it, and to analysers it " +
		"looks like something repeated.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), serverEnd(p)),
			actor("client", connect(p), session.SetOption("sock", "SO_KEEPALIVE", 1), session.SetOption("sock", "TCP_KEEPIDLE", 1),
				session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer), session.Sleep(1500*time.Millisecond, "the program has nothing to say"),
				clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
	},
}
