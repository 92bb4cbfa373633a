package scenario

import (
	"net/netip"

	"tcplab/session"
)

// DualStack has one listener for both families, and the ways to ask it by IPv4.
var DualStack = &Scenario{
	Name:  "dual-stack-listener",
	Title: "A listener on [::] serves IPv4 clients too, and sees them as ::ffff:127.0.0.1",
	Teaches: "With IPV6_V6ONLY 0 a socket of IPv6 speaks IPv4 as well, under addresses like ::ffff:127.0.0.1 (RFC 4291, 2.5.5.2); on the wire it is plain IPv4. " +
		"A client may use such an address too, unless its own socket is for IPv6 alone: ENETUNREACH, and no packet.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "local-route-errors",
	Variants: []string{"ipv4-client", "mapped-client", "v6only-client"},
	Sound:    []string{"ipv4-client", "mapped-client"},
	Needs:    []string{"ipv6"},
	Defaults: resetDefaults,
	Actors: func(p Params) []session.Script {
		both, mapped := netip.AddrPortFrom(netip.IPv6Unspecified(), p.Port), netip.AddrPortFrom(netip.AddrFrom16(p.Addr.As16()), p.Port)
		listens := steps(session.Socket("listener", both), session.SetOption("listener", "SO_REUSEADDR", 1), session.SetOption("listener", "IPV6_V6ONLY", 0),
			session.Bind("listener", both), session.Listen("listener", p.Backlog))
		if p.Variant == "v6only-client" {
			return []session.Script{actor("server", listens, idle()),
				actor("client", session.Await("server:ready"), session.Socket("sock", mapped), session.SetOption("sock", "IPV6_V6ONLY", 1), session.Connect("sock", mapped))}
		}
		to := p.Server()
		if p.Variant == "mapped-client" {
			to = mapped
		}
		return []session.Script{
			actor("server", listens, session.Accept("listener", "conn"), session.Getpeername("conn"), session.RecvLine("conn", p.Buffer),
				session.Send("conn", p.Reply+"\n"), serverEnd(p)),
			actor("client", session.Await("server:listening"), session.Socket("sock", to), session.Connect("sock", to), session.Send("sock", p.Message+"\n"),
				session.RecvLine("sock", p.Buffer), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == "v6only-client" {
			return append(unreached("ENETUNREACH"), ends("server", 0), finds("local-route-errors"))
		}
		return append([]Claim{moves("client", "recv", len(p.Reply)+1), ends("client", 0), ends("server", 0)}, closes("client", "SF")...)
	},
}
