package scenario

import "tcplab/session"

// ServerThinks has a server that needs its time for the answer.
var ServerThinks = &Scenario{
	Name:     "server-think-time",
	Title:    "The request is acknowledged at once, the answer comes half a second later",
	Teaches:  "The network has done its part with the ACK. The time until the answer is the server program's.",
	Topic:    Waiting,
	Seeds:    []string{"000"},
	Cause:    "server-think-time",
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Sleep(think, "the server computes"), session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", asked(p), clientEnd(p)),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), takes("client", "recv", thought), finds("server-think-time")},
			closes("client", "SF")...)
	},
}
