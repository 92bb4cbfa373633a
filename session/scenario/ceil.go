package scenario

import "tcplab/session"

// Ceil is exercise 6 of the third handout: the client sends a real number, the server returns the next integer.
var Ceil = &Scenario{
	Name:     "ceil",
	Title:    "The client sends a real number, the server returns the next higher integer",
	Teaches:  "A protocol is an agreement on bytes: here a decimal number and a newline. Try --param message=-4.4 or abc.",
	Topic:    Exchange,
	Seeds:    []string{"002"},
	Defaults: Params{Port: 12345, Message: "4.40", Backlog: 5, Buffer: 32},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"),
				session.RecvLine("conn", p.Buffer), session.Answer("conn", "ceil"), serverEnd(p)),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), moves("server", "recv", len(p.Message)+1)},
			closes("client", "SF")...)
	},
}
