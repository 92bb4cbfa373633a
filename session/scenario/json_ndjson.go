package scenario

import "tcplab/session"

// JSONFramed sends two JSON values a side, each on a line.
var JSONFramed = &Scenario{
	Name:  "json-ndjson",
	Title: "Several JSON messages on one connection, one to a line",
	Teaches: "The newline frames the messages: however TCP cuts the stream, the reader finds each whole. With --variant not-utf-8 the bytes " +
		"arrive all right and are no JSON: TCP's checksum knows nothing of what they mean.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Variants: []string{fixed, "not-utf-8"},
	Defaults: Params{Port: 8080, Message: "first", Reply: "seen", Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		first, second := jsonLine("client", p.Message), jsonLine("client", "second")
		if p.Variant == "not-utf-8" {
			latin1 := "{\"from\":\"client\",\"text\":\"caf\xe9\"}\n"
			return []session.Script{
				actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer), session.Parse(), serverEnd(p)),
				actor("client", connect(p), session.Send("sock", latin1), session.RecvEOF("sock", p.Buffer), session.Close("sock")),
			}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"),
				session.Repeat(2, session.RecvLine("conn", p.Buffer), session.Parse(), session.Send("conn", jsonLine("server", p.Reply))),
				serverEnd(p)),
			actor("client", connect(p), session.Send("sock", first+second),
				session.Repeat(2, session.RecvLine("sock", p.Buffer), session.Parse()), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == "not-utf-8" {
			return append([]Claim{ends("client", 0), ends("server", 1)}, closes("server", "SF")...)
		}
		return append([]Claim{ends("client", 0), ends("server", 0),
			moves("client", "recv", 2*len(jsonLine("server", p.Reply)))}, closes("client", "SF")...)
	},
}
