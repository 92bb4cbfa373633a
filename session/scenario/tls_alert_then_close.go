package scenario

import "tcplab/session"

// TLSAlert answers the client's first bytes with the alert protocol_version, as a TLS server does that is too old.
var TLSAlert = &Scenario{
	Name:     "tls-alert-then-close",
	Title:    "The server refuses with a TLS alert and closes",
	Teaches:  "TLS says why it gives up, in seven bytes in the clear: 15 03 03 00 02 02 46 is the fatal alert protocol_version.",
	Topic:    Ending,
	Seeds:    []string{"003"},
	Cause:    "tls-alert-then-close",
	Defaults: Params{Port: 8443, Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		const hello, alert = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "\x15\x03\x03\x00\x02\x02\x46"
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer),
				session.Send("conn", alert), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", hello), session.RecvEOF("sock", p.Buffer), session.Close("sock")),
		}
	},
	Expect: func(Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), moves("client", "recv", 7), finds("tls-alert-then-close")},
			closes("server", "SF")...)
	},
}
