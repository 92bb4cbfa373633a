package scenario

import (
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// LocalRouteErrors asks for an address to which the client's own routing table does not let it go.
var LocalRouteErrors = &Scenario{
	Name:  "local-route-errors",
	Title: "The client's own routing table refuses: no packet leaves, and each kind of route has its errno",
	Teaches: "No route is ENETUNREACH, a route of type unreachable EHOSTUNREACH, prohibit EACCES, blackhole EINVAL, and throw as if there were none. The answer " +
		"comes at once, and a capture stays empty.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "local-route-errors",
	Variants: []string{"no-route", "unreachable", "prohibit", "blackhole", "throw", "link-down", "multicast", "loopback-source", "no-scope"},
	Defaults: elsewhere,
	Choose: func(p *Params) error {
		if addr, ok := noHosts[p.Variant]; ok && !p.Addr.IsValid() {
			p.Addr = addr
		}
		return nil
	},
	Stage: &Stage{Topology: lab.Direct, Arrange: func(p Params) []Arrangement {
		down := func(h *lab.Host) error { return h.SetUp(false) }
		switch kind, ok := routeKinds[p.Variant]; {
		case ok:
			network := netip.PrefixFrom(p.Addr, 24).Masked()
			return []Arrangement{{"client", "ip route add " + p.Variant + " " + network.String(), func(h *lab.Host) error { return h.RefuseRoute(network, kind) }}}
		case p.Variant == "link-down": // else the route would stay, see link-down-peer
			return []Arrangement{sysctl("client", "net.ipv4.conf.all.ignore_routes_with_linkdown", "1"), {"server", "ip link set eth0 down", down}}
		}
		return nil
	}},
	Actors: func(p Params) []session.Script {
		if p.Variant != "loopback-source" {
			return alone(p)
		}
		return []session.Script{actor("client", session.Socket("sock", p.Server()), session.Bind("sock", netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)),
			session.Connect("sock", p.Server()))}
	},
	Expect: func(p Params) []Claim {
		errno := map[string]string{"unreachable": "EHOSTUNREACH", "prohibit": "EACCES", "blackhole": "EINVAL", "loopback-source": "EINVAL", "no-scope": "EINVAL"}[p.Variant]
		if errno == "" {
			errno = "ENETUNREACH"
		}
		return append(unreached(errno), finds("local-route-errors"))
	},
}

var routeKinds = map[string]lab.RouteKind{"unreachable": lab.Unreachable, "prohibit": lab.Prohibit, "blackhole": lab.Blackhole, "throw": lab.Throw}

// noHosts are addresses to which no connection can be opened, or only over a link that is there.
var noHosts = map[string]netip.Addr{"multicast": netip.AddrFrom4([4]byte{224, 0, 0, 1}), "no-scope": netip.MustParseAddr("fe80::1"),
	"loopback-source": netip.AddrFrom4([4]byte{10, 0, 0, 2}), "link-down": netip.AddrFrom4([4]byte{10, 0, 0, 2})}
