package session

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// destroy asks the kernel to abort the connections whose local port is the server's: SOCK_DESTROY, as ss -K does.
func destroy(server netip.AddrPort) error {
	family := uint8(unix.AF_INET)
	if server.Addr().Is6() {
		family = unix.AF_INET6
	}
	sockets, err := netlink.SocketDiagTCP(family)
	if err != nil {
		return err
	}
	for _, s := range sockets {
		if s.ID.SourcePort != server.Port() || s.ID.DestinationPort == 0 {
			continue
		}
		local, remote := &net.TCPAddr{IP: s.ID.Source, Port: int(s.ID.SourcePort)}, &net.TCPAddr{IP: s.ID.Destination, Port: int(s.ID.DestinationPort)}
		if err := netlink.SocketDestroy(local, remote); err != nil {
			return fmt.Errorf("destroy %s: %w", remote, err)
		}
	}
	return nil
}
