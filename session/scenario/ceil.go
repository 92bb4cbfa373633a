package scenario

import (
	"encoding/binary"
	"math"
	"strconv"

	"tcplab/session"
)

// Ceil is exercise 6 of the third handout: the client sends a real number, the server returns the next integer.
var Ceil = &Scenario{
	Name:  "ceil",
	Title: "The client sends a real number, the server returns the next higher integer",
	Teaches: "A protocol is an agreement on bytes: here a decimal number and a newline. Try --param message=-4.4, 5.0 or abc; with --variant next 5.0 becomes 6. " +
		"--variant binary sends the eight bytes of the number as they lie in memory: another machine may order them otherwise.",
	Topic:    Exchange,
	Seeds:    []string{"002"},
	Variants: []string{"text", "next", "binary"},
	Defaults: Params{Port: 12345, Message: "4.40", Backlog: 5, Buffer: 32},
	Actors: func(p Params) []session.Script {
		if p.Variant == "binary" {
			return []session.Script{
				actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer), session.Answer("conn", "ceil-binary"), serverEnd(p)),
				actor("client", connect(p), session.Send("sock", float64Bytes(p.Message)), session.Recv("sock", p.Buffer), clientEnd(p)),
			}
		}
		service := map[string]string{"text": "ceil", "next": "next"}[p.Variant]
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"),
				session.RecvLine("conn", p.Buffer), session.Answer("conn", service), serverEnd(p)),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		sent := len(p.Message) + 1
		if p.Variant == "binary" {
			sent = 8
		}
		return append([]Claim{ends("client", 0), ends("server", 0), moves("server", "recv", sent)}, closes("client", "SF")...)
	},
}

// float64Bytes is a number as this machine keeps it in memory; text that is none is 0.
func float64Bytes(text string) string {
	x, _ := strconv.ParseFloat(text, 64)
	return string(binary.NativeEndian.AppendUint64(nil, math.Float64bits(x)))
}
