package scenario

import (
	"net/netip"

	"tcplab/session"
)

// PlaceholderAddress is the client of the third handout with its address left as printed.
var PlaceholderAddress = &Scenario{
	Name:  "placeholder-address",
	Title: "The client connects to 255.255.255.255, which inet_addr makes of \"A.B.C.D\"",
	Teaches: "inet_addr answers INADDR_NONE, the broadcast address, for text that is no address. No packet leaves the host; connect " +
		"gives ENETUNREACH, and the handout's client exits with status 0. The second handout's client takes no name (--variant name) and needs an argument (no-argument): " +
		"connect is never called.",
	Topic:    Refused,
	Seeds:    []string{"001", "002"},
	Cause:    "local-route-errors",
	Variants: []string{literal, "name", "no-argument"},
	Sound:    []string{"name", "no-argument"},
	Defaults: Params{Addr: netip.AddrFrom4([4]byte{255, 255, 255, 255}), Port: 12345, Buffer: 32},
	Actors: func(p Params) []session.Script {
		switch p.Variant {
		case "name":
			return []session.Script{actor("client", session.Socket("sock", p.Server()), session.Exit(1, "inet_pton(AF_INET, \"localhost\") returns 0: Invalid IP address format."))}
		case "no-argument":
			return []session.Script{actor("client", session.Exit(1, "Usage: ./client <server_ip>"))}
		}
		return []session.Script{actor("client", session.Socket("sock", p.Server()), session.Connect("sock", p.Server()).OrExit(0))}
	},
	Expect: func(p Params) []Claim {
		if p.Variant != literal {
			return []Claim{ends("client", 1)} // and not a packet
		}
		return []Claim{fails("client", "connect", "ENETUNREACH"), ends("client", 0), finds("local-route-errors")}
	},
}
