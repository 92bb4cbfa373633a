package live

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"tcplab/capture/hostfacts"
)

// addAddresses lists the addresses of each interface.
func addAddresses(f *hostfacts.Facts) {
	all, err := Interfaces()
	if err != nil {
		missing(f, "addresses", err, "")
		return
	}
	for _, i := range all {
		for _, p := range i.Addrs {
			f.Addresses = append(f.Addresses, hostfacts.Address{Iface: i.Name, CIDR: p.String(), Up: i.Up, NoCarrier: i.Up && !i.Carrier, MTU: i.MTU})
		}
		if i.XDP != 0 {
			f.Firewall = append(f.Firewall, fmt.Sprintf("xdp %s: the BPF program with id %d sees packets before any capture does", i.Name, i.XDP))
		}
	}
}

// addRoutes asks the kernel for the route to each address; a refusal is an answer too.
func addRoutes(f *hostfacts.Facts, to []netip.Addr) {
	for _, dst := range to {
		r := hostfacts.Route{Dst: dst.String()}
		routes, err := netlink.RouteGet(dst.Unmap().WithZone("").AsSlice())
		switch {
		case err != nil:
			r.Error = errnoName(err)
		case len(routes) > 0:
			if l, err := netlink.LinkByIndex(routes[0].LinkIndex); err == nil {
				r.Iface = l.Attrs().Name
			}
			r.Src, r.Via = ipText(routes[0].Src), ipText(routes[0].Gw)
		}
		f.Routes = append(f.Routes, r)
	}
}

func errnoName(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

func ipText(ip net.IP) string {
	if len(ip) == 0 {
		return ""
	}
	return ip.String()
}

// neighborState names a NUD_ state as ip-neighbour(8) does, "" for an entry that needs no resolution.
func neighborState(state int) string {
	switch state {
	case netlink.NUD_INCOMPLETE:
		return "INCOMPLETE"
	case netlink.NUD_REACHABLE:
		return "REACHABLE"
	case netlink.NUD_STALE:
		return "STALE"
	case netlink.NUD_DELAY:
		return "DELAY"
	case netlink.NUD_PROBE:
		return "PROBE"
	case netlink.NUD_FAILED:
		return "FAILED"
	case netlink.NUD_PERMANENT:
		return "PERMANENT"
	}
	return ""
}

// addNeighbors lists the ARP and NDP tables, without the entries for links and addresses that need none.
func addNeighbors(f *hostfacts.Facts) {
	all, err := netlink.NeighList(0, 0)
	if err != nil {
		missing(f, "neighbours", err, "")
		return
	}
	names := map[uint32]string{}
	for _, n := range all {
		if state := neighborState(n.State); state != "" {
			f.Neighbors = append(f.Neighbors, hostfacts.Neighbor{Addr: n.IP.String(), State: state,
				Iface: deviceName(uint32(n.LinkIndex), names), MAC: n.HardwareAddr.String()})
		}
	}
	slices.SortFunc(f.Neighbors, func(a, b hostfacts.Neighbor) int {
		return cmp.Or(strings.Compare(a.Iface, b.Iface), strings.Compare(a.Addr, b.Addr))
	})
}
