package scenario

import (
	"strings"

	"tcplab/session"
)

// Unread closes a connection with bytes in its receive buffer.
var Unread = &Scenario{
	Name:  "rst-unread",
	Title: "The server closes with 8 bytes unread: a reset instead of a FIN",
	Teaches: "close with unread data tells the peer that data was lost: the kernel sends RST,ACK. On Linux the reply that came before " +
		"can still be read, then recv gives ECONNRESET.",
	Topic:    Reset,
	Seeds:    []string{"002"},
	Cause:    "close-unread-data",
	Variants: []string{literal, fixed},
	Defaults: Params{Port: 12345, Message: strings.Repeat("0123456789", 4), Reply: "Fine, thanks", Backlog: 5, Buffer: 32},
	Actors: func(p Params) []session.Script {
		if p.Variant == fixed {
			return []session.Script{
				actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
					session.Send("conn", p.Reply+"\n"), serverEnd(p)),
				actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer), clientEnd(p)),
			}
		}
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer),
				session.Send("conn", p.Reply), session.Info("conn", "close"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Said()),
				session.Recv("sock", p.Buffer-1), session.Recv("sock", p.Buffer-1)),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return append([]Claim{ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
		}
		return []Claim{moves("server", "recv", p.Buffer), moves("client", "recv", len(p.Reply)),
			fails("client", "recv", "ECONNRESET"), ends("client", 1), ends("server", 0), finds("close-unread-data")}
	},
}
