package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"tcplab/session/lab/cable"
)

// end is where a link meets a host.
type end struct {
	host  *Host
	iface string
	addrs pair             // the zero pair is a port of a bridge
	hw    net.HardwareAddr // nil: one made of the address
}

// bridgePort reports whether the end belongs to a bridge.
func (e end) bridgePort() bool { return !e.addrs.v4.IsValid() }

// join links two hosts: by one virtual cable, or by two that meet in a namespace between, where the script reigns.
func (l *Lab) join(a, b end, c Config) error {
	var err error
	if c.Cable == nil {
		err = a.host.Do(func() error { return addVeth(a.iface, b.iface, b.host.ns) })
		err = errors.Join(err, a.configure(c), b.configure(c))
	} else {
		err = l.joinByRelay(a, b, c)
	}
	if err == nil {
		err = errors.Join(a.settle(), b.settle())
	}
	if err != nil {
		return fmt.Errorf("link from the %s to the %s: %w", a.host.Name, b.host.Name, err)
	}
	return nil
}

// cableEnds are the interfaces of the namespace that the relay lives in.
var cableEnds = []string{"client", "server"}

// CableEnd reports whether iface is of the scripted cable itself, on no host of the lab.
func CableEnd(iface string) bool { return slices.Contains(cableEnds, iface) }

// joinByRelay puts a namespace with a relay between both ends. Nobody else needs the namespace: it lives as long as the
// relay's sockets do.
func (l *Lab) joinByRelay(a, b end, c Config) error {
	middle, err := newNamespace()
	if err != nil {
		return err
	}
	defer middle.Close()
	between := &Host{Name: "cable", ns: middle}
	err = between.Do(func() error {
		return errors.Join(addVeth(cableEnds[0], a.iface, a.host.ns), addVeth(cableEnds[1], b.iface, b.host.ns))
	})
	if err := errors.Join(err, a.configure(c), b.configure(c)); err != nil {
		return err
	}
	return between.Do(func() error {
		for _, side := range cableEnds {
			if err := errors.Join(mute(side), offloadsOff(side), up(side)); err != nil {
				return err
			}
		}
		l.relay, err = cable.Start(cableEnds[0], cableEnds[1], c.Cable)
		return err
	})
}

// settleTime bounds how long a link may take to become usable; it takes a few milliseconds.
const settleTime = 5 * time.Second

// settle returns when the link is usable, now that both ends are up: with a carrier, and every IPv6 address answering its
// neighbours. The kernel finishes an address in a work queue of its own, whose progress is the tentative flag.
func (e end) settle() error {
	return e.host.Do(func() error {
		for begin := time.Now(); ; time.Sleep(100 * time.Microsecond) { // between two looks at the kernel's state
			isUp, err := linkUp(e.iface)
			if err != nil {
				return err
			}
			tentative, err := hasTentative(e.iface)
			if err != nil || isUp && !tentative {
				return err
			}
			if time.Since(begin) > settleTime {
				return fmt.Errorf("%s of the %s: carrier %v, IPv6 address tentative %v after %v",
					e.iface, e.host.Name, isUp, tentative, settleTime)
			}
		}
	})
}

func hasTentative(iface string) (bool, error) {
	link, err := netlink.LinkByName(iface)
	if err != nil {
		return false, err
	}
	all, err := netlink.AddrList(link, netlink.FAMILY_V6)
	return slices.ContainsFunc(all, func(a netlink.Addr) bool { return a.Flags&unix.IFA_F_TENTATIVE != 0 }), err
}

// addVeth makes a virtual cable from here to the namespace peer.
func addVeth(here, there string, peer *os.File) error {
	return netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: here}, PeerName: there,
		PeerNamespace: netlink.NsFd(int(peer.Fd()))})
}

// configure gives the end its address and brings it up.
func (e end) configure(c Config) error {
	if e.bridgePort() {
		return e.host.Do(func() error { return plugIn(e.iface) })
	}
	e.host.Iface, e.host.V4, e.host.V6 = e.iface, e.addrs.v4.Addr(), e.addrs.v6.Addr()
	return e.host.Do(func() error {
		link, err := netlink.LinkByName(e.iface)
		if err != nil {
			return err
		}
		steps := []error{silence(e.iface), netlink.LinkSetHardwareAddr(link, e.mac())}
		if !c.Offload || c.Cable != nil { // the cable reads single segments with whole checksums
			steps = append(steps, offloadsOff(e.iface))
		}
		for _, p := range []netip.Prefix{e.addrs.v4, e.addrs.v6} {
			if p.IsValid() {
				steps = append(steps, addAddress(link, p))
			}
		}
		return errors.Join(append(steps, netlink.LinkSetUp(link))...)
	})
}

// mac derives a locally administered hardware address from the IPv4 address, so that every run shows the same ones.
func (e end) mac() net.HardwareAddr {
	if e.hw != nil {
		return e.hw
	}
	ip := e.addrs.v4.Addr().As4()
	return append(net.HardwareAddr{2, 0}, ip[:]...)
}

func addAddress(link netlink.Link, p netip.Prefix) error {
	mask := net.CIDRMask(p.Bits(), p.Addr().BitLen())
	return netlink.AddrReplace(link, &netlink.Addr{IPNet: &net.IPNet{IP: p.Addr().AsSlice(), Mask: mask}})
}

// silence stops what an interface would say by itself over IPv6 when it comes up: packets that nobody asked for.
// Duplicate address detection is among it, and would keep an address unusable for a second or two.
func silence(iface string) error {
	return ipv6Settings(iface, "router_solicitations=0", "accept_ra=0", "accept_dad=0")
}

// mute takes IPv6 off an interface: the cable's own ends have nothing to say.
func mute(iface string) error { return ipv6Settings(iface, "disable_ipv6=1") }

func ipv6Settings(iface string, settings ...string) error {
	dir := "/proc/sys/net/ipv6/conf/" + iface + "/"
	if _, err := os.Stat(dir); err != nil {
		return nil // a kernel without IPv6 says nothing
	}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		if err := os.WriteFile(dir+name, []byte(value), 0); err != nil {
			return err
		}
	}
	return nil
}

func up(iface string) error {
	link, err := netlink.LinkByName(iface)
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(link)
}

// wireLikeLoopback makes the lo of this thread's namespace carry one segment a packet, none longer than on Ethernet.
func wireLikeLoopback() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return errors.Join(netlink.LinkSetMTU(lo, 1500), netlink.LinkSetGSOMaxSegs(lo, 1))
}
