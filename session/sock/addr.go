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

// names returns both ends of the socket fd, "" where it has none. These calls are the recorder's own and not recorded.
func names(fd int) (local, remote string) {
	if fd < 0 {
		return "", ""
	}
	if sa, err := unix.Getsockname(fd); err == nil {
		if addr := addrPort(sa); addr.Port() != 0 {
			local = addr.String()
		}
	}
	if sa, err := unix.Getpeername(fd); err == nil {
		if addr := addrPort(sa); addr.IsValid() {
			remote = addr.String()
		}
	}
	return local, remote
}
