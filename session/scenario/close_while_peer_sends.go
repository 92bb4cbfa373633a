package scenario

import "tcplab/session"

// CloseWhileSending closes while the other end's data is on the way.
var CloseWhileSending = &Scenario{
	Name:  "close-while-peer-sends",
	Title: "The server closes while the client's second message is on its way",
	Teaches: "FIN and data cross. close gives up receiving too, so the data is answered by a RST: nobody did anything wrong in its own eyes, and " +
		"whether the message counted nobody knows.",
	Topic:    Reset,
	Seeds:    []string{"003"},
	Cause:    "close-while-peer-sends",
	Defaults: resetDefaults,
	Stage:    crossing(2, "client"),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.Await("client:ready"), session.Close("conn"), session.Close("listener")),
			actor("client", asked(p), session.Signal("ready"), session.Await("client:ready"), session.Send("sock", p.Message+"\n"),
				session.RecvEOF("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{ends("client", 0), ends("server", 0), finds("close-while-peer-sends")}
	},
}
