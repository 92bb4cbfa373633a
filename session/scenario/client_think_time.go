package scenario

import "tcplab/session"

// ClientThinks has a client that needs its time between requests.
var ClientThinks = &Scenario{
	Name:     "client-think-time",
	Title:    "The client takes half a second between two requests",
	Teaches:  "Nothing is in flight and the window is open: the pause is the client program's.",
	Topic:    Waiting,
	Seeds:    []string{"002"},
	Cause:    "client-think-time",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), session.RecvLine("conn", p.Buffer), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", asked(p), session.Sleep(think, "the user types"), session.Send("sock", p.Message+"\n"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), takes("server", "recv", thought), finds("client-think-time")},
			closes("client", "SF")...)
	},
}
