package scenario

import (
	"net/netip"

	"tcplab/session"
)

// PlaceholderAddress is the client of the third handout with its address left as printed.
var PlaceholderAddress = &Scenario{
	Name:  "placeholder-address",
	Title: "The client has no address to connect to: A.B.C.D, which inet_addr makes 255.255.255.255, a name, or none",
	Teaches: "inet_addr answers INADDR_NONE, the broadcast address, for text that is no address. No packet leaves the host; connect " +
		"gives ENETUNREACH, and the handout's client exits with status 0. The second handout's client takes no name (--variant name) and needs an argument (no-argument): " +
		"connect is never called.",
	Topic:    Refused,
	Seeds:    []string{"001", "002"},
	Cause:    "local-route-errors",
	Variants: []string{literal, "name", "no-argument", fixed},
	Sound:    []string{"name", "no-argument"},
	Defaults: Params{Addr: netip.AddrFrom4([4]byte{255, 255, 255, 255}), Port: 12345, Buffer: 32},
	Choose:   replacedPlaceholder,
	Actors: func(p Params) []session.Script {
		switch p.Variant {
		case fixed:
			return TypedMessage.Actors(typed(p))
		case "name":
			return []session.Script{actor("client", session.Socket("sock", p.Server()), session.Exit(1, "inet_pton(AF_INET, \"localhost\") returns 0: Invalid IP address format."))}
		case "no-argument":
			return []session.Script{actor("client", session.Exit(1, "Usage: ./client <server_ip>"))}
		}
		return []session.Script{actor("client", session.Socket("sock", p.Server()), session.Connect("sock", p.Server()).OrExit(0))}
	},
	Expect: func(p Params) []Claim {
		switch p.Variant {
		case fixed:
			return TypedMessage.Expect(typed(p))
		case "name", "no-argument":
			return []Claim{ends("client", 1)} // and not a packet
		}
		return []Claim{fails("client", "connect", "ENETUNREACH"), ends("client", 0), finds("local-route-errors")}
	},
}

// replacedPlaceholder is what the handout asks for: an address in place of A.B.C.D.
func replacedPlaceholder(p *Params) error {
	if p.Variant == fixed && !p.Addr.IsValid() {
		p.Addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return nil
}

// typed are the parameters of the handout's exchange, with the address and port that were asked for.
func typed(p Params) Params {
	all := TypedMessage.Defaults
	all.Variant, all.Addr, all.Port = fixed, p.Addr, p.Port
	return all
}
