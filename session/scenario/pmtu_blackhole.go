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
	Stage:    routed(mtu("router", 1280), firewall("router", "output meta l4proto icmp drop")),
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

// mtu narrows the link of a host.
func mtu(host string, bytes int) Arrangement {
	return Arrangement{host, fmt.Sprintf("ip link set mtu %d", bytes), func(h *lab.Host) error { return h.SetMTU(bytes) }}
}
