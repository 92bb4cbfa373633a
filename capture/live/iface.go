package live

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Interface is one network interface of this host.
type Interface struct {
	Name     string
	Index    int
	MTU      int
	Up       bool
	Carrier  bool   // a cable is plugged in, or what stands for it
	XDP      uint32 // id of the BPF program that sees packets first, 0 for none
	Loopback bool
	Addrs    []netip.Prefix
}

// Interfaces lists the interfaces by index.
func Interfaces() ([]Interface, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("listing interfaces: %w", err)
	}
	addrs, err := netlink.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, fmt.Errorf("listing addresses: %w", err)
	}
	all := make([]Interface, 0, len(links))
	for _, l := range links {
		a := l.Attrs()
		all = append(all, Interface{Name: a.Name, Index: a.Index, MTU: a.MTU, Up: a.Flags&net.FlagUp != 0,
			Carrier: a.RawFlags&unix.IFF_LOWER_UP != 0, XDP: attached(a.Xdp), Loopback: a.Flags&net.FlagLoopback != 0, Addrs: prefixesOf(addrs, a.Index)})
	}
	slices.SortFunc(all, func(a, b Interface) int { return a.Index - b.Index })
	return all, nil
}

// attached is the id of an interface's XDP program, 0 when it has none.
func attached(x *netlink.LinkXdp) uint32 {
	if x == nil || !x.Attached {
		return 0
	}
	return x.ProgId
}

func prefixesOf(addrs []netlink.Addr, index int) []netip.Prefix {
	var ps []netip.Prefix
	for _, a := range addrs {
		if ip, ok := netip.AddrFromSlice(a.IP); ok && a.LinkIndex == index {
			bits, _ := a.Mask.Size()
			ps = append(ps, netip.PrefixFrom(ip.Unmap(), bits))
		}
	}
	slices.SortFunc(ps, netip.Prefix.Compare)
	return ps
}

// interfaceNames returns the names there are, and whether name is one of them. Any is always known, and so is every name
// when the list cannot be read.
func interfaceNames(name string) (have []string, known bool) {
	all, err := Interfaces()
	if err != nil {
		return nil, true
	}
	for _, i := range all {
		have = append(have, i.Name)
	}
	have = append(have, Any)
	return have, slices.Contains(have, name)
}

// Choose returns the interface on which packets to dst travel, by asking the kernel for the route, and says why.
//
// An address of this host is reached through lo, whichever interface carries it: that is where the capture must be.
func Choose(dst netip.Addr) (iface, why string, err error) {
	dst = dst.Unmap()
	if dst.IsUnspecified() {
		return "lo", fmt.Sprintf("connecting to %s means this host itself, so packets travel on lo", dst), nil
	}
	if zone := dst.Zone(); zone != "" {
		return zone, fmt.Sprintf("the zone of %s names it", dst), nil
	}
	routes, err := netlink.RouteGet(dst.AsSlice())
	if err == nil && len(routes) == 0 {
		err = errors.New("the kernel gave no route")
	}
	if err != nil {
		return "", "", fmt.Errorf("no route to %s: %w", dst, err)
	}
	link, err := netlink.LinkByIndex(routes[0].LinkIndex)
	if err != nil {
		return "", "", fmt.Errorf("interface of the route to %s: %w", dst, err)
	}
	iface = link.Attrs().Name
	return iface, whyRoute(dst, iface, routes[0]), nil
}

func whyRoute(dst netip.Addr, iface string, r netlink.Route) string {
	switch via, _ := netip.AddrFromSlice(r.Gw); {
	case dst.IsLoopback():
		return fmt.Sprintf("%s is a loopback address", dst)
	case r.Type == unix.RTN_LOCAL:
		return fmt.Sprintf("%s is an address of this host, so packets to it travel on %s", dst, iface)
	case via.IsValid():
		return fmt.Sprintf("the route to %s leaves through %s by the gateway %s", dst, iface, via.Unmap())
	default:
		return fmt.Sprintf("%s is on the link of %s", dst, iface)
	}
}

// CheckIface refuses an interface on which packets to dst never travel, with an *OpenError that names the right one.
//
// Allowed besides the route's own interface: any; a port of the bridge or bond that the route names; and the
// interface below a VLAN or macvlan. Packets pass those too.
func CheckIface(iface string, dst netip.Addr) error {
	have, known := interfaceNames(iface)
	if !known {
		return &OpenError{Iface: iface, Cause: ErrNoInterface, Have: have}
	}
	right, why, err := Choose(dst)
	if err != nil {
		return err
	}
	if iface == Any || iface == right || carries(iface, right) {
		return nil
	}
	return &OpenError{Iface: iface, Cause: ErrWrongIface, Detail: why, Right: right}
}

// carries reports whether what travels on right also passes iface.
func carries(iface, right string) bool {
	l, err := netlink.LinkByName(iface)
	if err != nil {
		return false
	}
	r, err := netlink.LinkByName(right)
	if err != nil {
		return false
	}
	if r.Type() != "veth" && r.Attrs().ParentIndex == l.Attrs().Index { // the parent of a veth is its peer, elsewhere
		return true
	}
	return l.Attrs().MasterIndex == r.Attrs().Index
}
