package scenario

import "tcplab/session"

// SpeaksAndCloses sends its greeting and closes without having read the request.
var SpeaksAndCloses = &Scenario{
	Name:     "server-speaks-and-closes",
	Title:    "The server answers before it has read the request, and closes",
	Teaches:  "An early error answer is fine, but the unread request turns the close into a reset, which can overtake the answer.",
	Topic:    Reset,
	Seeds:    []string{"000", "004"},
	Cause:    "close-unread-data",
	Defaults: Params{Port: 9999, Message: "request", Reply: "busy, try later", Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Poll("conn", pollIn, -1),
				session.Send("conn", p.Reply+"\n"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer),
				session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(p Params) []Claim {
		return []Claim{moves("client", "recv", len(p.Reply)+1), fails("client", "recv", "ECONNRESET"), ends("client", 1),
			ends("server", 0), finds("close-unread-data")}
	},
}
