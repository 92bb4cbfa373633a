package scenario

import (
	"fmt"
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// RejectRouter has a router that refuses for a server which never hears of it.
var RejectRouter = &Scenario{
	Name:  "reject-reset-router",
	Title: "A router on the way refuses the port with a RST, another port works",
	Teaches: "The RST comes from nearer than the server: its TTL is 64, that of the server's own packets 63. One answer from the real host is " +
		"enough to tell them apart.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "reject-reset-router",
	Defaults: refusedDefaults,
	Ports:    nextPort,
	Stage: &Stage{Topology: lab.Routed, Arrange: func(p Params) []Arrangement {
		return []Arrangement{firewall("router", fmt.Sprintf("forward tcp dport %d reject with tcp reset", p.Port+1))}
	}},
	Actors: func(p Params) []session.Script { return firstThen(p, netip.AddrPortFrom(p.Addr, p.Port+1)) },
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 1), fails("client", "connect", "ECONNREFUSED"), ends("server", 0), finds("reject-reset-router")}
	},
}

// nextPort is a second port of the run: the one after the server's.
func nextPort(p Params) []uint16 { return []uint16{p.Port + 1} }

// firstThen is a client that talks to the server and then asks for its other port.
func firstThen(p Params, other netip.AddrPort) []session.Script {
	return []session.Script{
		actor("server", session.Socket("second", other), session.SetOption("second", "SO_REUSEADDR", 1), session.Bind("second", other),
			session.Listen("second", p.Backlog), listen(p), session.Signal("ready"), session.Accept("listener", "conn"),
			session.RecvEOF("conn", p.Buffer), session.Close("conn"), idle()),
		actor("client", session.Await("server:ready"), session.Socket("sock", p.Server()), session.Connect("sock", p.Server()), clientEnd(p),
			session.Socket("other", other), session.Connect("other", other)),
	}
}
