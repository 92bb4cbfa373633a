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

// lastServer is the server's previous life: it serves one client and closes first, which leaves TIME-WAIT on the port.
func lastServer(p Params) session.Script {
	if p.Variant == fixed {
		return oldServer(p, []string{"SO_REUSEADDR"})
	}
	return oldServer(p, nil)
}

// oldServer is lastServer with options of its own.
func oldServer(p Params, names []string) session.Script {
	return actor("old", session.Socket("listener", p.Server()), options("listener", names), session.Bind("listener", p.Server()),
		session.Listen("listener", p.Backlog), session.Accept("listener", "conn"), session.Close("conn"), session.Close("listener"))
}

// lastClient is the client of lastServer; when it has exited, TIME-WAIT stands.
func lastClient(p Params) session.Script {
	return actor("client", session.Await("old:listening"), session.Socket("sock", p.Server()),
		session.Connect("sock", p.Server()), session.RecvEOF("sock", p.Buffer), session.Close("sock"))
}
