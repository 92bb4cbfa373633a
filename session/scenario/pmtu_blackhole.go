package scenario

import (
	"fmt"

	"tcplab/session"
	"tcplab/session/lab"
)

// PMTUBlackhole has a narrow link behind a router that must not say so.
var PMTUBlackhole = &Scenario{
	Name:  "pmtu-blackhole",
	Title: "A link behind the router takes 1280 bytes only, and the ICMP error that says so is filtered",
	Teaches: "The handshake works, small messages work, large segments vanish: tunnels and VPNs do that where somebody filters all ICMP. What came " +
		"behind the large ones arrives, as SACK shows.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "pmtu-blackhole",
	Defaults: Params{Port: 8080, Message: "small", Reply: "works", Backlog: 3, Buffer: 4096, Size: 2*1448 + 1000},
	Stage:    silentRouter(),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.RecvLine("conn", p.Buffer),
				session.Send("conn", p.Reply+"\n"), session.Signal("answered"), session.Await("client:exited"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.RecvLine("sock", p.Buffer),
				session.SetOption("sock", "TCP_USER_TIMEOUT", 2000), session.SendSize("sock", p.Size), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "recv", "ETIMEDOUT"), ends("client", 1), ends("server", 0), finds("pmtu-blackhole")}
	},
}

// PMTUBlackhole6 is the same over IPv6, where 1280 bytes is the least that a link must take (RFC 8200, 5).
var PMTUBlackhole6 = overIPv6(PMTUBlackhole, "pmtu-blackhole-v6", "",
	"A link behind the router takes IPv6 packets of 1280 bytes only, and the ICMPv6 error that says so is filtered")

// silentRouter is a router before a narrow link that tells nobody. Of ICMPv6 it filters that one error: the rest is how neighbours
// are found.
func silentRouter(more ...Arrangement) *Stage {
	return routed(append([]Arrangement{mtu("router", 1280),
		firewall("router", "output meta l4proto icmp drop", "output icmpv6 type packet-too-big drop")}, more...)...)
}

// PMTUProbing is a sender that finds the hole by itself.
var PMTUProbing = &Scenario{
	Name:  "pmtu-blackhole-probing",
	Title: "The same black hole, and a sender that probes for it: seconds late, the transfer goes on",
	Teaches: "With net.ipv4.tcp_mtu_probing Linux cuts its segments to 1024 bytes after a few timeouts in vain (RFC 4821). What would have hung for ever is " +
		"slow once.",
	Topic:    Waiting,
	Seeds:    []string{"003"},
	Cause:    "pmtu-blackhole",
	Defaults: PMTUBlackhole.Defaults,
	Stage:    silentRouter(sysctl("client", "net.ipv4.tcp_mtu_probing", "1")),
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", served(p), serverEnd(p)),
			actor("client", asked(p), session.SendSize("sock", p.Size), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		return append([]Claim{ends("client", 0), ends("server", 0), moves("server", "recv", len(p.Message)+1+p.Size), finds("pmtu-blackhole")},
			closes("client", "SF")...)
	},
}

// mtu narrows the link of a host.
func mtu(host string, bytes int) Arrangement {
	return Arrangement{host, fmt.Sprintf("ip link set mtu %d", bytes), func(h *lab.Host) error { return h.SetMTU(bytes) }}
}
