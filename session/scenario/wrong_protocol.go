package scenario

import "tcplab/session"

// PlainToTLS and TLSToPlain are clients that speak the wrong protocol.
var (
	PlainToTLS = misspoken("wrong-protocol-plain-to-tls", 8443, "GET / HTTP/1.0\r\n\r\n", "\x15\x03\x01\x00\x02\x02\x46",
		"The client speaks plain text to a TLS port", "The server cannot make a TLS record of the request. Some answer with an alert in seven bytes, which the client prints as rubbish.")
	TLSToPlain = misspoken("wrong-protocol-tls-to-plain", 8080, "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "HTTP/1.0 400 Bad Request\r\n\r\n",
		"The client begins with TLS at a port that speaks plain text", "The first byte is 0x16, a TLS handshake; the answer is text. \"Wrong version number\" in the client's log means just that.")
)

// misspoken is a client whose request the server does not understand.
func misspoken(name string, port uint16, request, answer, title, teaches string) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Reset, Seeds: []string{"003"}, Cause: name,
		Defaults: Params{Port: port, Backlog: 1, Buffer: 1024},
		Actors: func(p Params) []session.Script {
			return []session.Script{
				actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", 5), session.Send("conn", answer), session.Close("conn"), session.Close("listener")),
				actor("client", connect(p), session.Send("sock", request), session.Recv("sock", p.Buffer), session.Recv("sock", p.Buffer)),
			}
		},
		Expect: func(Params) []Claim {
			return []Claim{moves("client", "recv", len(answer)), fails("client", "recv", "ECONNRESET"), ends("client", 1), ends("server", 0), finds(name)}
		},
	}
}
