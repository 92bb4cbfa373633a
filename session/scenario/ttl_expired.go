package scenario

import "tcplab/session"

// TTLExpired sends packets that may not pass a single router.
var TTLExpired = &Scenario{
	Name:  "ttl-expired",
	Title: "The SYN's TTL ends at the router",
	Teaches: "Each router takes one from the TTL and discards what has none left, with ICMP time exceeded: that is what traceroute counts on, " +
		"and what a routing loop looks like.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "ttl-expired",
	Defaults: refusedDefaults,
	Stage:    routed(sysctl("client", "net.ipv4.ip_default_ttl", "1")),
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), tries(p.Server())}
	},
	Expect: func(Params) []Claim {
		return append(unreached("EHOSTUNREACH"), ends("server", 0), finds("ttl-expired"))
	},
}
