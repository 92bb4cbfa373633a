package sock

import (
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// sockaddr returns addr in the kernel's form.
func sockaddr(addr netip.AddrPort) unix.Sockaddr {
	if addr.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16(), ZoneId: zoneIndex(addr.Addr().Zone())}
}

// zoneIndex returns the interface index of an IPv6 zone, which is an interface name or its number; 0 when there is none.
func zoneIndex(zone string) uint32 {
	if index, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(index)
	}
	if iface, err := net.InterfaceByName(zone); err == nil {
		return uint32(iface.Index)
	}
	return 0
}

// addrPort returns the address in sa; the zero AddrPort for anything that is not IPv4 or IPv6.
func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// ends are the two addresses of a socket, "" where it has none; proto is "raw" for a raw socket.
type ends struct{ local, remote, proto string }

// Ends asks the kernel for the two addresses of fd, "" where it has none.
func Ends(fd int) (local, remote string) {
	e := endsOf(fd)
	return e.local, e.remote
}

// endsOf asks the kernel for the ends of fd. These calls are the recorder's own and not recorded.
func endsOf(fd int) (e ends) {
	if fd < 0 {
		return ends{}
	}
	if sa, err := unix.Getsockname(fd); err == nil {
		if addr := addrPort(sa); addr.Port() != 0 {
			e.local = addr.String()
		}
	}
	if sa, err := unix.Getpeername(fd); err == nil {
		if addr := addrPort(sa); addr.IsValid() {
			e.remote = addr.String()
		}
	}
	return e
}
