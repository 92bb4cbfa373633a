package scenario

import "tcplab/session"

// ReplyToEnded is the first handout's server in its endless loop: it takes the end of a connection for a message.
var ReplyToEnded = &Scenario{
	Name:  "reply-to-ended",
	Also:  []string{"timewait-data"},
	Title: "The client connects and leaves; the server answers the end of file and is reset",
	Teaches: "recv returned 0: the client is gone. The handout's loop answers all the same, and the client's kernel resets what nobody will read. Look at " +
		"what recv returns.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "write-after-peer-close",
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 8080, Reply: "Hello from server", Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		answer := steps(session.Recv("conn", p.Buffer), session.Send("conn", p.Reply), session.Poll("conn", 0, -1))
		if p.Variant == fixed {
			answer = steps(session.RecvEOF("conn", p.Buffer))
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Await("client:exited"), answer, session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		claims := []Claim{ends("client", 0), ends("server", 0), moves("server", "recv", 0)}
		if p.Variant == fixed {
			return append(claims, closes("client", "SF")...)
		}
		return append(claims, finds("write-after-peer-close"))
	},
}
