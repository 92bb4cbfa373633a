package scenario

import (
	"net/netip"

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
	Variants: []string{"no-route", "unreachable", "prohibit", "blackhole", "throw"},
	Defaults: elsewhere,
	Stage: &Stage{Topology: lab.Direct, Arrange: func(p Params) []Arrangement {
		kind, ok := routeKinds[p.Variant]
		if !ok {
			return nil
		}
		network := netip.PrefixFrom(p.Addr, 24).Masked()
		return []Arrangement{{"client", "ip route add " + p.Variant + " " + network.String(), func(h *lab.Host) error { return h.RefuseRoute(network, kind) }}}
	}},
	Actors: alone,
	Expect: func(p Params) []Claim {
		errno := map[string]string{"unreachable": "EHOSTUNREACH", "prohibit": "EACCES", "blackhole": "EINVAL"}[p.Variant]
		if errno == "" {
			errno = "ENETUNREACH"
		}
		return append(unreached(errno), finds("local-route-errors"))
	},
}

var routeKinds = map[string]lab.RouteKind{"unreachable": lab.Unreachable, "prohibit": lab.Prohibit, "blackhole": lab.Blackhole, "throw": lab.Throw}
