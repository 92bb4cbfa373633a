package scenario

import "net/netip"

// The same over IPv6, where neighbours are asked by ICMPv6 and routers answer with codes of their own.
var (
	NoSuchNeighbor6 = overIPv6(NoSuchNeighbor, "host-down-onlink-v6", "fd00::99", "The IPv6 address is on the client's network, but no host has it")
	RemoteDown6     = overIPv6(RemoteDown, "host-down-remote-v6", "fd00:1::99", "The last router solicits the IPv6 address in vain")
	NoRoute6        = overIPv6(NoRoute, "router-no-route-v6", "2001:db8::1", "The router has no route to the IPv6 network and says so")
	RejectRouter6   = overIPv6(RejectRouter, "reject-reset-router-v6", "", "A router on the way refuses the port over IPv6 with a RST, another port works")
)

// overIPv6 is a scenario with another address; with none it is the server's own.
func overIPv6(s *Scenario, name, addr, title string) *Scenario {
	six := *s
	six.Name, six.Title, six.Needs = name, title, []string{"ipv6"}
	if addr != "" {
		six.Defaults.Addr = netip.MustParseAddr(addr)
		return &six
	}
	stage := *s.Stage
	stage.IPv6, six.Stage = true, &stage
	return &six
}
