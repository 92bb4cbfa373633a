package scenario

import (
	"fmt"
	"net/netip"

	"tcplab/session"
	"tcplab/session/lab"
)

// The router's address on the client's side, which it publishes, and the server's behind it.
var published, backend = netip.AddrFrom4([4]byte{10, 0, 0, 254}), netip.AddrFrom4([4]byte{10, 0, 1, 2})

// translated is a stage where the router hands on what comes to its port.
func translated(rules ...string) *Stage {
	return &Stage{Topology: lab.Routed, Cable: rules, Arrange: func(p Params) []Arrangement {
		return append(unhurried(p), firewall("router", fmt.Sprintf("prerouting tcp dport %d dnat ip to %s", p.Port, netip.AddrPortFrom(backend, p.Port))))
	}}
}

// DNATDeadBackend publishes a server that does not run.
var DNATDeadBackend = &Scenario{
	Name:  "dnat-dead-backend",
	Title: "A router hands a port on to a server behind it, and nothing listens there",
	Teaches: "The RST bears the router's address, but has come one hop farther than what the router says itself: its TTL is one less. The port is published, " +
		"the server behind is down.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "dnat-dead-backend",
	Defaults: Params{Addr: published, Port: 8080, Backlog: 3, Buffer: 1024},
	Ports:    nextPort,
	Stage:    translated(),
	Actors: func(p Params) []session.Script {
		own := netip.AddrPortFrom(p.Addr, p.Port+1)
		router := actor("server", session.Socket("listener", own), session.SetOption("listener", "SO_REUSEADDR", 1), session.Bind("listener", own),
			session.Listen("listener", p.Backlog), session.Signal("ready"), session.Accept("listener", "conn"), session.RecvEOF("conn", p.Buffer),
			session.Close("conn"), session.Await("client:exited"), session.Close("listener"))
		router.Host = "router"
		return []session.Script{router,
			actor("client", session.Await("server:ready"), session.Socket("sock", own), session.Connect("sock", own), clientEnd(p),
				session.Socket("other", p.Server()), session.Connect("other", p.Server())),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{counts("client", "connect", 1), fails("client", "connect", "ECONNREFUSED"), ends("client", 1), ends("server", 0), finds("dnat-dead-backend")}
	},
}

// ConntrackInvalid lets one segment of a translated connection through as it is.
var ConntrackInvalid = &Scenario{
	Name:  "conntrack-invalid-rst",
	Title: "One segment of a translated connection arrives untranslated: the client resets a stranger, and so its own server",
	Teaches: "A NAT that takes a segment for invalid may forward it with the server's private address. The client's kernel resets that unknown address, with " +
		"the right numbers: the RST reaches the server, which then resets the client.",
	Topic:    Reset,
	Seeds:    []string{"000"},
	Cause:    "conntrack-invalid-rst",
	Defaults: Params{Addr: published, Port: 8080, Message: "request", Reply: "reply", Backlog: 3, Buffer: 1024},
	Stage:    translated("set src " + backend.String() + " s2c data 1 once"), // as the NAT would forward it
	Actors: func(p Params) []session.Script {
		behind := p
		behind.Addr = backend
		return []session.Script{
			actor("server", served(behind), session.Recv("conn", p.Buffer).Unchecked(), session.Close("conn"), session.Close("listener")),
			actor("client", connect(p), session.Send("sock", p.Message+"\n"), session.Await("server:exited"), session.Send("sock", p.Message+"\n"),
				session.Recv("sock", p.Buffer)),
		}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("server", "recv", "ECONNRESET"), fails("client", "recv", "ECONNRESET"), ends("client", 1), ends("server", 0),
			finds("conntrack-invalid-rst")}
	},
}
