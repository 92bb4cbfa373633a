package scenario

import (
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// OddFlagProbes sends what no TCP sends, to an open and to a closed port.
var OddFlagProbes = &Scenario{
	Name:  "odd-flag-probes",
	Title: "A port scan by odd flags: NULL, FIN, Xmas and SYN+FIN to an open port, and to a closed one",
	Teaches: "RFC 9293 lets an open port drop a segment without SYN, ACK or RST, and a closed one answer it with RST,ACK: scanners read the difference. " +
		"No program notices anything.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "odd-flag-probes",
	Defaults: refusedDefaults,
	Ports:    nextPort,
	Stage:    on(), // where everybody may have raw sockets
	Actors: func(p Params) []session.Script {
		probes := []session.Step{session.Await("server:ready"), session.Raw("sock", p.Server())}
		from := uint16(54321) // of no socket
		for _, port := range []uint16{p.Port, p.Port + 1} {
			for _, flags := range []byte{0, flagFIN, flagFIN | flagPSH | flagURG, flagSYN | flagFIN} {
				probe := handmade(netip.AddrPortFrom(lab.Peer(p.Addr), from), netip.AddrPortFrom(p.Addr, port), flags)
				probes = append(probes, session.SendTo("sock", probe, netip.AddrPortFrom(p.Addr, 0)))
				from++
			}
		}
		return []session.Script{actor("server", listen(p), idle()),
			actor("client", probes, session.Repeat(4, session.RecvFrom("sock", p.Buffer)), session.Close("sock"))} // the closed port answers each
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "sendto", 8), ends("client", 0), ends("server", 0), finds("odd-flag-probes")}
	},
}
