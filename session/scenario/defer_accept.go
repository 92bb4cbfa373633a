package scenario

import (
	"time"

	"tcplab/session"
)

// DeferAccept has a server that does not want to hear of silent clients, and a client that waits to be spoken to.
var DeferAccept = &Scenario{
	Name:  "defer-accept",
	Title: "The server accepts only clients that have spoken; the client waits for a greeting",
	Teaches: "With TCP_DEFER_ACCEPT the last ACK of the handshake does not count: accept returns when data has come, or when the time is over and the SYN,ACK " +
		"was repeated.",
	Topic:    Waiting,
	Seeds:    []string{"004"},
	Cause:    "defer-accept",
	Defaults: resetDefaults,
	Stage:    on(),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Socket("listener", p.Server()), session.SetOption("listener", "SO_REUSEADDR", 1),
				session.SetOption("listener", "TCP_DEFER_ACCEPT", 1), session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog),
				session.Accept("listener", "conn"), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", connect(p), session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), takes("client", "recv", 900*time.Millisecond), finds("defer-accept")}
	},
}
