package scenario

import "tcplab/session"

// UDPContrast is hello without TCP.
var UDPContrast = &Scenario{
	Name:  "udp-contrast",
	Title: "The same exchange by UDP: no handshake, no close",
	Teaches: "A datagram is one message and one packet. Without a receiver an ICMP error comes back, and the next call of a connected " +
		"socket reports it.",
	Topic:    Contrast,
	Seeds:    []string{"003"},
	Variants: []string{"receiver", "no-receiver"},
	Defaults: Params{Port: 2000, Message: "Hello from client", Reply: "Hello from server", Buffer: 1024},
	Actors: func(p Params) []session.Script {
		if p.Variant == "no-receiver" {
			return []session.Script{actor("client", session.Datagram("sock", p.Server()), session.Connect("sock", p.Server()),
				session.Send("sock", p.Message), session.Recv("sock", p.Buffer))}
		}
		return []session.Script{
			actor("server", session.Datagram("sock", p.Server()), session.Bind("sock", p.Server()), session.Signal("ready"),
				session.RecvFrom("sock", p.Buffer), session.Reply("sock", p.Reply), session.Close("sock")),
			actor("client", session.Await("server:ready"), session.Datagram("sock", p.Server()),
				session.SendTo("sock", p.Message, p.Server()), session.RecvFrom("sock", p.Buffer), session.Close("sock")),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == "no-receiver" {
			return []Claim{counts("client", "send", 1), fails("client", "recv", "ECONNREFUSED"), ends("client", 1)}
		}
		return []Claim{ends("client", 0), ends("server", 0), moves("server", "recvfrom", len(p.Message)),
			moves("client", "recvfrom", len(p.Reply))}
	},
}
