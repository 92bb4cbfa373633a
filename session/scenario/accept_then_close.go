package scenario

import "tcplab/session"

// AcceptThenClose has a server that takes a client and throws it out.
var AcceptThenClose = &Scenario{
	Name:  "accept-then-close",
	Title: "The server accepts and closes at once, while the client's request is on its way",
	Teaches: "A limit, an access list, a program that dies at start: the connection opens and is gone without a byte. The request meets a closed socket " +
		"and is reset.",
	Topic:    Reset,
	Seeds:    []string{"001"},
	Cause:    "accept-then-close",
	Defaults: resetDefaults,
	Stage:    crossing(1, "server"), // where nothing delays the FIN
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvEOF("sock", p.Buffer).Unchecked(), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 1), ends("client", 0), ends("server", 0), finds("accept-then-close")}
	},
}
