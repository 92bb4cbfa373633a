package scenario

import (
	"errors"
	"net"
	"net/netip"

	"tcplab/session"
)

// refusedDefaults are shared by the scenarios in which connect is refused although a server runs.
var refusedDefaults = Params{Port: 8080, Backlog: 3, Buffer: 1024}

// idle ends a server that nobody reaches: it takes a snapshot of the host while its socket stands, and leaves when the
// client has given up.
func idle() []session.Step {
	return []session.Step{session.Facts("during"), session.Signal("ready"), session.Await("client:exited"), session.Close("listener")}
}

// tries is a client that connects to addr once the server is ready.
func tries(addr netip.AddrPort) session.Script {
	return actor("client", session.Await("server:ready"), session.Socket("sock", addr), session.Connect("sock", addr))
}

// refusal is what all of them show.
func refusal(cause string) []Claim {
	claims := []Claim{fails("client", "connect", "ECONNREFUSED"), ends("client", 1), ends("server", 0),
		shows("a RST answers the SYN", "connections[0].outcome", "REJ")}
	if cause != "" {
		claims = append(claims, finds(cause))
	}
	return claims
}

// WrongPort has a server, on the port beside.
var WrongPort = &Scenario{
	Name:     "refused-wrong-port",
	Title:    "The server listens on one port, the client asks for the next",
	Teaches:  "On the wire it is a closed port. Only the list of listeners shows the near miss.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "wrong-port",
	Defaults: refusedDefaults,
	Ports:    func(p Params) []uint16 { return []uint16{p.Port + 1} },
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("server", listen(p), idle()), tries(netip.AddrPortFrom(p.Addr, p.Port+1))}
	},
	Expect: func(Params) []Claim { return refusal("wrong-port") },
}

// LoopbackBind has a server that only its own host can reach.
var LoopbackBind = &Scenario{
	Name:  "refused-loopback-bind",
	Title: "The server is bound to 127.0.0.1, the client uses the host's other address",
	Teaches: "A listener on 127.0.0.1 does not exist for any other address, not even for the host's own. Bind to 0.0.0.0 or to the " +
		"address that clients use.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "bound-loopback-only",
	Defaults: refusedDefaults,
	Choose:   ownAddress,
	Actors: func(p Params) []session.Script {
		bound := p
		bound.Addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		return []session.Script{actor("server", listen(bound), idle()), tries(p.Server())}
	},
	Expect: func(Params) []Claim { return refusal("bound-loopback-only") },
}

// ownAddress makes the server's address the first IPv4 address of this host that is not a loopback one.
func ownAddress(p *Params) (err error) {
	if !p.Addr.IsValid() {
		p.Addr, err = ownIPv4()
	}
	return err
}

// ownIPv4 is the first IPv4 address of this host that is not a loopback one.
func ownIPv4() (netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err == nil && prefix.Addr().Is4() && !prefix.Addr().IsLoopback() {
			return prefix.Addr(), nil
		}
	}
	return netip.Addr{}, errors.New("this host has no IPv4 address besides loopback")
}

// OtherAddress has a server on another of the host's addresses.
var OtherAddress = &Scenario{
	Name:     "refused-other-address",
	Title:    "The server is bound to the host's own address, the client asks for 127.0.0.1",
	Teaches:  "Bound to one address, a server refuses on all others of the same host, loopback among them.",
	Topic:    Refused,
	Seeds:    []string{"000", "003"},
	Cause:    "bound-other-address",
	Defaults: refusedDefaults,
	Choose: func(*Params) error {
		_, err := ownIPv4()
		return err
	},
	Actors: func(p Params) []session.Script {
		bound := p
		bound.Addr, _ = ownIPv4() // Choose has seen that there is one
		return []session.Script{actor("server", listen(bound), idle()), tries(p.Server())}
	},
	Expect: func(Params) []Claim { return refusal("bound-other-address") },
}

// UDPOnly has a server on the same port of another protocol.
var UDPOnly = &Scenario{
	Name:     "refused-udp-only",
	Title:    "The port is bound, but for UDP",
	Teaches:  "TCP and UDP ports are two tables: a UDP socket on 9999 does not open TCP port 9999.",
	Topic:    Refused,
	Seeds:    []string{"004"},
	Cause:    "closed-port",
	Defaults: Params{Port: 9999, Backlog: 5, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Datagram("listener", p.Server()), session.Bind("listener", p.Server()), idle()),
			tries(p.Server()),
		}
	},
	Expect: func(Params) []Claim { return refusal("closed-port") },
}

// NotListening has a TCP socket that is bound and nothing more.
var NotListening = &Scenario{
	Name:     "refused-not-listening",
	Title:    "The server has called bind, but not listen",
	Teaches:  "bind reserves the address; only listen makes the kernel answer a SYN with SYN,ACK.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "closed-port",
	Defaults: refusedDefaults,
	Actors: func(p Params) []session.Script {
		return []session.Script{
			actor("server", session.Socket("listener", p.Server()), session.Bind("listener", p.Server()), idle()),
			tries(p.Server()),
		}
	},
	Expect: func(Params) []Claim { return refusal("closed-port") },
}

// V6Only has a server for IPv6 and a client for IPv4.
var V6Only = &Scenario{
	Name:     "refused-v6-only",
	Title:    "The server listens for IPv6 only, the client comes by IPv4",
	Teaches:  "[::] takes IPv4 clients too, unless IPV6_V6ONLY is set. Each family has its own listeners.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "v6only-listener",
	Needs:    []string{"ipv6"},
	Defaults: refusedDefaults,
	Actors: func(p Params) []session.Script {
		any6 := netip.AddrPortFrom(netip.IPv6Unspecified(), p.Port)
		return []session.Script{
			actor("server", session.Socket("listener", any6), session.SetOption("listener", "IPV6_V6ONLY", 1),
				session.Bind("listener", any6), session.Listen("listener", p.Backlog), idle()),
			tries(p.Server()),
		}
	},
	Expect: func(Params) []Claim { return refusal("v6only-listener") },
}

// V4Only is the reverse.
var V4Only = &Scenario{
	Name:     "refused-v4-only",
	Title:    "The server listens for IPv4 only, the client comes by IPv6",
	Teaches:  "A name that resolves to both families sends the client to ::1 first; a server on 0.0.0.0 is not there.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "v4-only-listener",
	Needs:    []string{"ipv6"},
	Defaults: Params{Addr: netip.IPv6Loopback(), Port: 8080, Backlog: 3, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		bound := p
		bound.Addr = netip.IPv4Unspecified()
		return []session.Script{actor("server", listen(bound), idle()), tries(p.Server())}
	},
	Expect: func(Params) []Claim { return refusal("v4-only-listener") },
}

// Misbound restarts a server that looks at no result.
var Misbound = &Scenario{
	Name:  "refused-misbound",
	Title: "bind fails, the server goes on and listens on a random port",
	Teaches: "listen on an unbound socket succeeds: the kernel chooses a port. The server looks healthy and every client is refused. " +
		"Check what bind returns.",
	Topic:    Refused,
	Seeds:    []string{"003"},
	Cause:    "bind-in-use",
	Variants: []string{literal, fixed},
	Defaults: Params{Backlog: 1, Buffer: 1024},
	Actors: func(p Params) []session.Script {
		restart := steps(session.Socket("listener", p.Server()), session.Bind("listener", p.Server()).Unchecked(),
			session.Listen("listener", p.Backlog).Unchecked(), session.Getsockname("listener"), session.Signal("ready"),
			session.Await("client2:exited"), session.Close("listener"))
		if p.Variant == fixed {
			restart = steps(session.Await("client:exited"), listen(p), session.Signal("ready"),
				session.Accept("listener", "conn"), serverEnd(p))
		}
		return []session.Script{
			lastServer(p), lastClient(p),
			actor("server", session.Await("client:exited"), session.Await("old:exited"), restart),
			actor("client2", session.Await("server:ready"), session.Socket("sock", p.Server()),
				session.Connect("sock", p.Server()), clientEnd(p)),
		}
	},
	Expect: func(p Params) []Claim {
		if p.Variant == fixed {
			return []Claim{ends("client2", 0), ends("server", 0)}
		}
		return []Claim{fails("server", "bind", "EADDRINUSE"), counts("server", "listen", 1), ends("server", 0),
			fails("client2", "connect", "ECONNREFUSED"), ends("client2", 1), finds("bind-in-use")}
	},
}

// lastServer is the server's previous life: it serves one client and closes first, which leaves TIME-WAIT on the port.
func lastServer(p Params) session.Script {
	option := steps(session.Socket("listener", p.Server()))
	if p.Variant == fixed {
		option = steps(option, session.SetOption("listener", "SO_REUSEADDR", 1))
	}
	return actor("old", option, session.Bind("listener", p.Server()), session.Listen("listener", p.Backlog),
		session.Accept("listener", "conn"), session.Close("conn"), session.Close("listener"))
}

// lastClient is the client of lastServer; when it has exited, TIME-WAIT stands.
func lastClient(p Params) session.Script {
	return actor("client", session.Await("old:listening"), session.Socket("sock", p.Server()),
		session.Connect("sock", p.Server()), session.RecvEOF("sock", p.Buffer), session.Close("sock"))
}

// PlaceholderAddress is the client of the third handout with its address left as printed.
var PlaceholderAddress = &Scenario{
	Name:  "placeholder-address",
	Title: "The client connects to 255.255.255.255, which inet_addr makes of \"A.B.C.D\"",
	Teaches: "inet_addr answers INADDR_NONE, the broadcast address, for text that is no address. No packet leaves the host; connect " +
		"gives ENETUNREACH, and the handout's client exits with status 0.",
	Topic:    Refused,
	Seeds:    []string{"002"},
	Cause:    "local-route-errors",
	Defaults: Params{Addr: netip.AddrFrom4([4]byte{255, 255, 255, 255}), Port: 12345, Buffer: 32},
	Actors: func(p Params) []session.Script {
		return []session.Script{actor("client", session.Socket("sock", p.Server()), session.Connect("sock", p.Server()).OrExit(0))}
	},
	Expect: func(Params) []Claim {
		return []Claim{fails("client", "connect", "ENETUNREACH"), ends("client", 0), finds("local-route-errors")}
	},
}
