package scenario

import "tcplab/session"

// ReadLine lets a program that reads lines meet one that does not end them, as when one is in Java and the other in C.
var ReadLine = &Scenario{
	Name:  "readline-newline",
	Title: "The server reads a line (readLine in Java), the client in C sends none: no newline, no line, no answer",
	Teaches: "The bytes are acknowledged and lie there; readLine waits for a newline or for the end. On the wire it does not matter which language a program " +
		"is written in, only what it calls the end of a message.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "deadlock-recv",
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 2000, Message: "Hello from Java", Reply: "Hello from C", Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		server := actor("server", served(p), serverEnd(p))
		if p.Variant == fixed {
			return []session.Script{server, actor("client", asked(p), clientEnd(p))}
		}
		return []session.Script{server,
			actor("client", connect(p), session.Send("sock", p.Message), session.Recv("sock", p.Buffer), session.Close("sock")),
			interrupt(),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		return []Claim{dies("client", "SIGINT"), ends("server", 1), moves("server", "recv", len(p.Message)), finds("deadlock-recv")}
	},
}
