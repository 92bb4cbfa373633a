package scenario

import "tcplab/session"

// JSONUnframed sends two JSON values with nothing between them to a server that takes one recv for one message.
var JSONUnframed = &Scenario{
	Name:     "json-unframed",
	Title:    "Two JSON messages without a frame arrive as one",
	Teaches:  "TCP carries bytes, not messages: two sends came out of one recv, and what was read is not one JSON value.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 8080, Message: "first", Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		read, end := session.Recv("conn", p.Buffer), ""
		if p.Variant == fixed {
			read, end = session.RecvLine("conn", p.Buffer), "\n"
		}
		one, two := unframed("client", p.Message)+end, unframed("client", "second")+end
		rest := clientEnd(p)
		if p.Variant == literal {
			rest = steps(session.Await("server:exited"), rest)
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Await("client:sent"),
				read, session.Parse(), serverEnd(p)),
			actor("client", connect(p), session.Send("sock", one), session.Send("sock", two), session.Signal("sent"), rest),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		return append([]Claim{counts("server", "recv", 1), ends("server", 1)}, closes("server", "SF")...)
	},
}

// unframed is a JSON object without the newline.
func unframed(from, text string) string {
	line := jsonLine(from, text)
	return line[:len(line)-1]
}
