package scenario

import "tcplab/session"

// JSONSplit sends one JSON value in two pieces to a server that takes one recv for one message.
var JSONSplit = &Scenario{
	Name:     "json-split",
	Title:    "One JSON message arrives in two pieces",
	Teaches:  "A recv returns what is there, not what was meant: the first half alone is no JSON value.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Cause:    "close-unread-data",
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 8080, Message: "a message in two pieces", Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		message := jsonLine("client", p.Message)
		half := len(message) / 2
		read := []session.Step{session.Recv("conn", p.Buffer), session.Signal("read"), session.Await("client:sent")}
		rest := steps(session.Await("server:exited"), session.Recv("sock", p.Buffer))
		if p.Variant == fixed {
			rest = clientEnd(p)
			read = []session.Step{session.Poll("conn", pollIn, -1), session.Signal("read"), session.RecvLine("conn", p.Buffer)}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), read, session.Parse(), serverEnd(p)),
			actor("client", connect(p), session.Send("sock", message[:half]), session.Await("server:read"),
				session.Send("sock", message[half:]), session.Signal("sent"), rest),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		// The server gives up with the second half unread, so its end of the connection resets.
		return []Claim{ends("server", 1), fails("client", "recv", "ECONNRESET"), ends("client", 1), finds("close-unread-data")}
	},
}
