package diagnose

import (
	"net/netip"
	"strings"

	"tcplab/analyze/flow"
	"tcplab/capture/hostfacts"
)

// Sockets is what the server host's socket tables say about the port that was asked for.
type Sockets struct {
	Known bool // the tables of the server's host were read
	// NetNS reports whether other network namespaces were read as well.
	NetNS bool
	// Here is a listener that takes connections to the address and port. Both is set when it was there before the
	// attempt and after it, Late when it was there only after.
	Here       *hostfacts.Socket
	Both, Late bool
	// Listeners of the same port that do not take these connections, and why.
	Loopback, OtherAddress, OtherFamily, OtherDevice, OtherNetNS *hostfacts.Socket
	BoundOnly, UDP                                               *hostfacts.Socket
	// Foreign listens on the port in another network namespace, on no address that says it was meant.
	Foreign   *hostfacts.Socket
	Listening []*hostfacts.Socket // every TCP listener of the host's own namespace, any port
	When      string              // "before", "after", "before and after" the attempt
}

// noSockets is what is known without facts; nobody writes to it.
var noSockets Sockets

// Sockets reads the socket tables of the host that owns the server's address.
func (c *Case) Sockets() *Sockets {
	if len(c.Facts) == 0 {
		return &noSockets
	}
	if c.sockets == nil {
		c.sockets = &Sockets{}
		server := c.Server()
		snapshots := c.ServerFacts()
		for _, f := range snapshots {
			c.sockets.read(f, server)
		}
		c.sockets.settle(snapshots)
	}
	return c.sockets
}

// ServerFacts are the snapshots of the host that owns the server's address, in the order they were taken.
func (c *Case) ServerFacts() []*hostfacts.Facts { return c.factsOf(c.Server().Addr(), "server") }

// ClientFacts are those of the client's host.
func (c *Case) ClientFacts() []*hostfacts.Facts { return c.factsOf(c.Client().Addr(), "client") }

func (c *Case) factsOf(addr netip.Addr, role string) []*hostfacts.Facts {
	var owned []*hostfacts.Facts
	for i := range c.Facts {
		if owns(&c.Facts[i], addr, role) {
			owned = append(owned, &c.Facts[i])
		}
	}
	return owned
}

// owns reports whether the snapshot is of the host that addr belongs to. A host whose addresses are not listed owns
// the loopback addresses only, and what its name says.
func owns(f *hostfacts.Facts, addr netip.Addr, role string) bool {
	if f.Host == role {
		return true
	}
	if addr.IsLoopback() || addr.IsUnspecified() {
		return f.Host == "local"
	}
	return hasAddress(f, addr)
}

// hasAddress reports whether one of the host's interfaces has the address.
func hasAddress(f *hostfacts.Facts, addr netip.Addr) bool {
	for _, a := range f.Addresses {
		if prefix, err := netip.ParsePrefix(a.CIDR); err == nil && prefix.Addr().WithZone("") == addr.WithZone("") {
			return true
		}
	}
	return false
}

func (s *Sockets) read(f *hostfacts.Facts, server netip.AddrPort) {
	for _, m := range f.Missing {
		if m.What == "sockets" || m.What == "listeners" {
			return
		}
	}
	s.Known = true
	s.NetNS = !f.Lacks("namespaces")
	here, own := false, hasAddress(f, server.Addr())
	for i := range f.Sockets {
		sock := &f.Sockets[i]
		local, err := netip.ParseAddrPort(sock.Local)
		if err != nil {
			continue
		}
		if sock.State == "LISTEN" && sock.NetNS == "" && strings.HasPrefix(sock.Proto, "tcp") {
			s.Listening = append(s.Listening, sock)
		}
		if local.Port() == server.Port() {
			here = s.place(sock, local.Addr(), server.Addr(), own) || here
		}
	}
	s.Both = here && (s.When == "" || s.Both)
	s.Late = here && f.When == "after" && s.When == "before" && !s.Both
	if s.When != "" && s.When != f.When {
		s.When += " and "
	}
	if !strings.HasSuffix(s.When, f.When) {
		s.When += f.When
	}
}

// settle: one snapshot says nothing about both sides of the attempt.
func (s *Sockets) settle(snapshots []*hostfacts.Facts) { s.Both = s.Both && len(snapshots) > 1 }

// place sorts a socket on the port asked for into the reasons why it does or does not take the connection.
func (s *Sockets) place(sock *hostfacts.Socket, local, server netip.Addr, own bool) (here bool) {
	switch {
	case sock.NetNS != "":
		s.placeForeign(sock, local, server, own)
	case strings.HasPrefix(sock.Proto, "udp"):
		s.UDP = sock
	case sock.State == "BOUND" || sock.State == "CLOSED":
		s.BoundOnly = sock
	case sock.State != "LISTEN":
	case !sameFamily(sock, local, server):
		s.OtherFamily = sock
	case local.IsUnspecified() || local.Unmap().WithZone("") == server.WithZone(""):
		if sock.Device != "" {
			s.OtherDevice = sock
			return false
		}
		s.Here = sock
		return true
	case local.Unmap().IsLoopback() && !server.Unmap().IsLoopback(): // 127.0.0.2 for 127.0.0.1 is merely another address
		s.Loopback = sock
	default:
		s.OtherAddress = sock
	}
	return false
}

// placeForeign sorts a socket of another network namespace: every container may have some server on 8080, and only one
// bound to the very address asked for was surely meant. Not where the host has the address itself (own): networks that do not
// know of each other use the same ones.
func (s *Sockets) placeForeign(sock *hostfacts.Socket, local, server netip.Addr, own bool) {
	switch {
	case sock.State != "LISTEN" || !strings.HasPrefix(sock.Proto, "tcp"):
	case !own && local.Unmap().WithZone("") == server.WithZone("") && !server.Unmap().IsLoopback():
		s.OtherNetNS = sock
	default:
		s.Foreign = sock
	}
}

// sameFamily: an IPv6 wildcard listener takes IPv4 too unless IPV6_V6ONLY is set (RFC 3493, 5.3).
func sameFamily(sock *hostfacts.Socket, local, server netip.Addr) bool {
	if local.Unmap().Is4() == server.Is4() {
		return true
	}
	return server.Is4() && local.IsUnspecified() && !sock.V6Only
}

// Elsewhere reports whether something listens on the port where it cannot take this connection.
func (s *Sockets) Elsewhere() bool {
	return s.Loopback != nil || s.OtherAddress != nil || s.OtherFamily != nil || s.OtherDevice != nil || s.OtherNetNS != nil
}

// Owner names a socket with its process: "127.0.0.1:22 (sshd, pid 712)".
func Owner(s *hostfacts.Socket) string {
	text := s.Local
	switch {
	case s.PID != 0 && s.Process != "":
		text += " (" + s.Process + ", pid " + Num(s.PID) + ")"
	case s.PID != 0:
		text += " (pid " + Num(s.PID) + ")"
	}
	return text
}

// Grew is by how much a counter of the server's host grew over the attempt; 0 when it did not or was not read twice.
func (c *Case) Grew(counter string) uint64 { return c.GrewAt(flow.ToClient, counter) }

// GrewAt is the same of the host of an end: that of the client sends to the server.
func (c *Case) GrewAt(end flow.Dir, counter string) uint64 {
	facts := c.ServerFacts()
	if end == flow.ToServer {
		facts = c.ClientFacts()
	}
	if len(facts) < 2 {
		return 0
	}
	first, last := facts[0].Counters, facts[len(facts)-1].Counters
	if len(first) == 0 || last[counter] < first[counter] { // a counter that is not listed was 0
		return 0
	}
	return last[counter] - first[counter]
}

// Counted reports whether the counters of the server's host were read before and after: then one that did not grow says
// that what it counts did not happen.
func (c *Case) Counted() bool {
	facts := c.ServerFacts()
	return len(facts) > 1 && len(facts[0].Counters) > 0 && len(facts[len(facts)-1].Counters) > 0
}
