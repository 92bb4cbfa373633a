package scenario

import (
	"encoding/binary"

	"tcplab/session"
)

// JSONLength frames each JSON value with its length, four bytes in network order.
var JSONLength = &Scenario{
	Name:  "json-length",
	Title: "JSON messages framed by their length",
	Teaches: "A length in front frames any bytes, newlines among them. A wrong one makes the reader wait for bytes that nobody sends, " +
		"until the connection ends in the middle of a message.",
	Topic:    Exchange,
	Seeds:    []string{"000"},
	Variants: []string{fixed, "wrong-length"},
	Defaults: Params{Port: 8080, Message: "two\nlines", Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		message := unframed("client", p.Message)
		announced := len(message)
		if p.Variant != fixed {
			announced += 10
		}
		frame := string(binary.BigEndian.AppendUint32(nil, uint32(announced))) + message
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvFrame("conn", p.Buffer), session.Parse(),
				serverEnd(p)),
			actor("client", connect(p), session.Send("sock", frame), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		claims := append([]Claim{ends("client", 0), moves("server", "recv", 4+len(unframed("client", p.Message)))},
			closes("client", "SF")...)
		if p.Variant != fixed {
			return append(claims, ends("server", 1))
		}
		return append(claims, ends("server", 0))
	},
}
