package scenario

import "tcplab/session"

// JSONFramed sends two JSON values a side, each on a line.
var JSONFramed = &Scenario{
	Name:     "json-ndjson",
	Title:    "Several JSON messages on one connection, one to a line",
	Teaches:  "The newline frames the messages: however TCP cuts the stream, the reader finds each whole.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Defaults: Params{Port: 8080, Message: "first", Reply: "seen", Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		first, second := jsonLine("client", p.Message), jsonLine("client", "second")
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"),
				session.Repeat(2, session.RecvLine("conn", p.Buffer), session.Parse(), session.Send("conn", jsonLine("server", p.Reply))),
				serverEnd(p)),
			actor("client", connect(p), session.Send("sock", first+second),
				session.Repeat(2, session.RecvLine("sock", p.Buffer), session.Parse()), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0),
			moves("client", "recv", 2*len(jsonLine("server", p.Reply)))}, closes("client", "SF")...)
	},
}

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

// JSONSplit sends one JSON value in two pieces to a server that takes one recv for one message.
var JSONSplit = &Scenario{
	Name:     "json-split",
	Title:    "One JSON message arrives in two pieces",
	Teaches:  "A recv returns what is there, not what was meant: the first half alone is no JSON value.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
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
		return []Claim{ends("server", 1), fails("client", "recv", "ECONNRESET"), ends("client", 1)}
	},
}

// unframed is a JSON object without the newline.
func unframed(from, text string) string {
	line := jsonLine(from, text)
	return line[:len(line)-1]
}
