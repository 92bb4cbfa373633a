package scenario

import "tcplab/session"

// ClosedPort is the client of Hello with nobody listening. The literal variant is the fourth handout's client, which looks
// at no result: its send to nobody ends it without a word. The nonblocking one is what event loops do.
var ClosedPort = &Scenario{
	Name:  "closed-port",
	Also:  []string{"refused-no-server"},
	Title: "The client connects to a port on which nothing listens",
	Teaches: "The kernel of the server's host answers the SYN itself, with RST,ACK; connect fails at once with " +
		"ECONNREFUSED. No program takes part on the other side.",
	Topic:    Refused,
	Seeds:    []string{"000", "003"},
	Cause:    "closed-port",
	Variants: []string{"checked", literal, "nonblocking"},
	Defaults: Params{Port: 8080, Message: "Hello from client", Buffer: 1024},
	Actors: func(p Params) []session.Script {
		if p.Variant == literal {
			return []session.Script{actor("client", session.Socket("sock", p.Server()),
				session.Connect("sock", p.Server()).Unchecked(), session.Send("sock", p.Message).Unchecked(),
				session.Recv("sock", p.Buffer).Unchecked(), session.Close("sock").Unchecked())}
		}
		if p.Variant == "nonblocking" {
			return []session.Script{actor("client", session.Socket("sock", p.Server()), session.Nonblock("sock"),
				session.Connect("sock", p.Server()).Unchecked(), session.Poll("sock", pollOut, -1),
				session.GetOption("sock", "SO_ERROR"), session.Close("sock"))}
		}
		return []session.Script{actor("client", helloCall(p))}
	},
	Expect: func(p Params) []Claim {
		answer, end := "ECONNREFUSED", ends("client", 1)
		switch p.Variant {
		case literal:
			end = dies("client", "SIGPIPE")
		case "nonblocking":
			answer, end = "EINPROGRESS", ends("client", 0) // poll and SO_ERROR bring the refusal
		}
		return []Claim{
			fails("client", "connect", answer), end,
			shows("a RST answers the SYN", "connections[0].outcome", "REJ"), finds("closed-port"),
		}
	},
}
