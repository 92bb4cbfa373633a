package scenario

import (
	"net/netip"

	"tcplab/session"
)

// ProxyDeadBackend has a proxy that accepts for a server which is not there.
var ProxyDeadBackend = &Scenario{
	Name:  "proxy-dead-backend",
	Title: "A proxy takes the request, finds its server dead, and hangs up without a word",
	Teaches: "connect succeeds, the request is acknowledged, and no byte comes back: the acknowledgements were the proxy's. Whether the service lives only " +
		"its answer can tell.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "proxy-dead-backend",
	Defaults: refusedDefaults,
	Ports:    nextPort,
	Actors: func(p Params) []session.Script {
		backend := netip.AddrPortFrom(p.Addr, p.Port+1)
		return []session.Script{
			actor("server", listen(p), session.Accept("listener", "conn"), session.Recv("conn", p.Buffer), session.Socket("backend", backend),
				session.Connect("backend", backend).Unchecked(), session.Close("backend"), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", "GET / HTTP/1.0\r\n\r\n"), session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "connect", "ECONNREFUSED"), moves("client", "recv", 0), ends("server", 0), ends("client", 0),
			finds("proxy-dead-backend")}
	},
}
