// Package lab makes hosts out of network namespaces: one alone, or a client and a server joined by a cable, a scripted
// cable or a router. Nothing outside sees them, and they vanish with the process.
//
// It needs root, or a process started by Seal: there an ordinary user is root of a user namespace of its own. What runs
// in a host runs on a thread that has entered it: see Host.Do and Host.Enter.
package lab

import (
	"errors"
	"fmt"
	"net/netip"

	"tcplab/session/lab/cable"
)

// Topology is how the hosts are joined.
type Topology string

// The topologies. In all of them the client's host is named "client" and the server's "server".
const (
	Alone  Topology = "alone"  // one host, client and server meet on its lo
	Direct Topology = "direct" // two hosts on one cable
	Routed Topology = "routed" // client, router, server: two networks
	Bridge Topology = "bridge" // client and server on one switch
)

// Topologies lists them, for help and error messages.
var Topologies = []Topology{Alone, Direct, Routed, Bridge}

// Config says which lab to make. The zero value is one host alone.
type Config struct {
	Topology Topology
	// Cable is put into the client's link and decides the fate of every packet there; nil is a plain cable. Not for Alone.
	Cable *cable.Script
	// Twin adds a host named "twin" that has the server's IPv4 address too. For Bridge only.
	Twin bool
	// Offload leaves segmentation and checksum offload on, as a fast machine has them. Without it every captured
	// segment is one that a wire could carry, with its checksum filled in (but on lo, where Linux cannot).
	Offload bool
}

// Lab is a running laboratory. Its methods may be called from any goroutine.
type Lab struct {
	hosts []*Host
	relay *cable.Relay
}

// ErrNoSuchHost is returned for a name that the lab's topology does not have.
var ErrNoSuchHost = errors.New("no such host in the lab")

// New makes the lab: every interface up, every address usable at once.
func New(c Config) (*Lab, error) {
	l := &Lab{}
	var err error
	switch c.Topology {
	case Alone, "":
		if c.Cable != nil {
			return nil, errors.New("a scripted cable needs two hosts: there is none on lo")
		}
		err = l.alone(c)
	case Direct:
		err = l.direct(c)
	case Routed:
		err = l.routed(c)
	case Bridge:
		err = l.bridged(c)
	default:
		err = fmt.Errorf("topology %q: there are %q", c.Topology, Topologies)
	}
	if err != nil {
		return nil, errors.Join(explain(err), l.Close())
	}
	return l, nil
}

// Host returns the host of that name. Alone has one host, which is client and server.
func (l *Lab) Host(name string) (*Host, error) {
	for _, h := range l.hosts {
		if h.Name == name || h.Name == "local" && (name == "client" || name == "server") {
			return h, nil
		}
	}
	return nil, fmt.Errorf("%q: %w", name, ErrNoSuchHost)
}

// Hosts returns all hosts, the client's first.
func (l *Lab) Hosts() []*Host { return l.hosts }

// Fates returns what the scripted cable did with each packet so far, in the order in which they came.
func (l *Lab) Fates() []cable.Fate {
	if l.relay == nil {
		return nil
	}
	return l.relay.Fates()
}

// Underway reports whether frames are still in the scripted cable.
func (l *Lab) Underway() bool { return l.relay != nil && l.relay.Underway() }

// CutOff reports whether the scripted cable is cut for what the host sends. It is in the client's link.
func (l *Lab) CutOff(h *Host) bool {
	dir := cable.S2C
	if h.Name == "client" {
		dir = cable.C2S
	}
	return l.relay != nil && l.relay.Cut(dir)
}

// Close removes the lab. A namespace with a process still in it lives until that ends.
func (l *Lab) Close() error {
	var errs []error
	if l.relay != nil {
		errs = append(errs, l.relay.Close())
	}
	for _, h := range l.hosts {
		errs = append(errs, h.ns.Close())
	}
	return errors.Join(errs...)
}

// The addresses of the lab. The router's are those of its two networks.
var (
	clientAddrs      = addrs("10.0.0.1/24", "fd00::1/64")
	serverAddrs      = addrs("10.0.0.2/24", "fd00::2/64")
	routerNearAddrs  = addrs("10.0.0.254/24", "fd00::fe/64")
	routerFarAddrs   = addrs("10.0.1.254/24", "fd00:1::fe/64")
	serverFarAddrs   = addrs("10.0.1.2/24", "fd00:1::2/64")
	everywhereByIPv4 = netip.MustParsePrefix("0.0.0.0/0")
	everywhereByIPv6 = netip.MustParsePrefix("::/0")
)

// pair is an IPv4 and an IPv6 address with their networks.
type pair struct{ v4, v6 netip.Prefix }

func addrs(v4, v6 string) pair { return pair{netip.MustParsePrefix(v4), netip.MustParsePrefix(v6)} }

// alone makes one host whose lo carries segments as a wire would: MTU 1500, none merged.
func (l *Lab) alone(c Config) error {
	h, err := l.addHost("local")
	if err != nil {
		return err
	}
	h.Iface, h.V4, h.V6 = "lo", netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()
	if c.Offload {
		return nil
	}
	return h.Do(wireLikeLoopback)
}

// direct joins two hosts.
func (l *Lab) direct(c Config) error {
	client, err := l.addHost("client")
	if err != nil {
		return err
	}
	server, err := l.addHost("server")
	if err != nil {
		return err
	}
	return l.join(end{host: client, iface: "eth0", addrs: clientAddrs}, end{host: server, iface: "eth0", addrs: serverAddrs}, c)
}

// routed joins two hosts by a third that forwards.
func (l *Lab) routed(c Config) error {
	var hosts [3]*Host
	for i, name := range []string{"client", "router", "server"} {
		h, err := l.addHost(name)
		if err != nil {
			return err
		}
		hosts[i] = h
	}
	client, router, server := hosts[0], hosts[1], hosts[2]
	router.Near = "eth0"
	plain := c
	plain.Cable = nil
	return errors.Join(
		router.Sysctl("net.ipv4.ip_forward", "1"), router.Sysctl("net.ipv6.conf.all.forwarding", "1"),
		l.join(end{host: client, iface: "eth0", addrs: clientAddrs}, end{host: router, iface: "eth0", addrs: routerNearAddrs}, c),
		l.join(end{host: router, iface: "eth1", addrs: routerFarAddrs}, end{host: server, iface: "eth0", addrs: serverFarAddrs}, plain),
		client.defaultRoutes(routerNearAddrs), server.defaultRoutes(routerFarAddrs))
}
