package scenario

import (
	"time"

	"tcplab/session"
)

// Cork holds the last small segment back until a timer lets it go.
var Cork = &Scenario{
	Name:     "cork-200ms",
	Title:    "TCP_CORK holds a small segment for 200 ms",
	Teaches:  "A corked socket sends full segments only. What is less waits for uncorking, or for a timer of 200 ms.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "cork-200ms",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), serverEnd(p)),
			actor("client", connect(p), session.SetOption("sock", "TCP_CORK", 1), session.Send("sock", p.Message+"\n"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), takes("client", "recv", 150*time.Millisecond), finds("cork-200ms")},
			closes("client", "SF")...)
	},
}
