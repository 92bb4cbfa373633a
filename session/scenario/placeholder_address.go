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
		"gives ENETUNREACH, and the handout's client exits with status 0.",
	Topic:    Refused,
	Seeds:    []string{"002"},
	Cause:    "local-route-errors",
	Defaults: Params{Addr: netip.AddrFrom4([4]byte{255, 255, 255, 255}), Port: 12345, Buffer: 32},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("client", session.Socket("sock", p.Server()), session.Connect("sock", p.Server()).OrExit(0))}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ENETUNREACH"), ends("client", 0), finds("local-route-errors")}
	},
}
