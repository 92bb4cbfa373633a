package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// RouteKind is what a host does with packets to a destination that it does not simply send.
type RouteKind int

// The kinds, by the errno that connect() gives on the host itself.
const (
	Unreachable RouteKind = unix.RTN_UNREACHABLE // EHOSTUNREACH
	Prohibit    RouteKind = unix.RTN_PROHIBIT    // EACCES
	Blackhole   RouteKind = unix.RTN_BLACKHOLE   // EINVAL
	Throw       RouteKind = unix.RTN_THROW       // ENETUNREACH, when no other table knows better
)

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// Route sends packets to dst by the gateway via.
func (h *Host) Route(dst netip.Prefix, via netip.Addr) error {
	return h.route(dst, &netlink.Route{Dst: ipNet(dst), Gw: via.AsSlice()})
}

// RefuseRoute makes the host itself refuse packets to dst.
func (h *Host) RefuseRoute(dst netip.Prefix, kind RouteKind) error {
	return h.route(dst, &netlink.Route{Dst: ipNet(dst), Type: int(kind)})
}

func (h *Host) route(dst netip.Prefix, r *netlink.Route) error {
	return h.Do(func() error {
		if err := netlink.RouteReplace(r); err != nil {
			return fmt.Errorf("route to %s on the %s: %w", dst, h.Name, err)
		}
		return nil
	})
}

func (h *Host) defaultRoutes(via pair) error {
	return errors.Join(h.Route(everywhereByIPv4, via.v4.Addr()), h.Route(everywhereByIPv6, via.v6.Addr()))
}

// Neighbor fixes the hardware address of a neighbour, right or wrong; the host then never asks for it.
func (h *Host) Neighbor(addr netip.Addr, mac net.HardwareAddr) error {
	return h.withLink(func(link netlink.Link) error {
		return netlink.NeighSet(&netlink.Neigh{LinkIndex: link.Attrs().Index, State: netlink.NUD_PERMANENT,
			IP: addr.AsSlice(), HardwareAddr: mac})
	})
}

// AddAddress gives the host's interface one more address.
func (h *Host) AddAddress(p netip.Prefix) error {
	err := h.withLink(func(link netlink.Link) error { return addAddress(link, p) })
	if err == nil {
		err = end{host: h, iface: h.Iface}.settle()
	}
	return err
}

// SetUp brings the host's interface up or down. Down is a cable pulled out at the other end too: no carrier there.
func (h *Host) SetUp(isUp bool) error {
	if isUp {
		return h.withLink(netlink.LinkSetUp)
	}
	return h.withLink(netlink.LinkSetDown)
}

// SetMTU sets the MTU of the host's interface.
func (h *Host) SetMTU(mtu int) error {
	return h.withLink(func(link netlink.Link) error { return netlink.LinkSetMTU(link, mtu) })
}

// withLink runs f inside the host with its interface.
func (h *Host) withLink(f func(netlink.Link) error) error {
	return h.Do(func() error {
		link, err := netlink.LinkByName(h.Iface)
		if err == nil {
			err = f(link)
		}
		if err != nil {
			return fmt.Errorf("%s of the %s: %w", h.Iface, h.Name, err)
		}
		return nil
	})
}
