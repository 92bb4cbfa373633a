package session

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// FreePort returns a TCP port of addr that no socket holds. It lies below the kernel's ephemeral range: a client that
// connects to a closed port inside that range can be given the same port and meet itself.
func FreePort(addr netip.Addr) (uint16, error) {
	const lowest, tries = 10240, 100
	highest, _ := EphemeralPorts()
	if highest <= lowest {
		highest = 1 << 16
	}
	for range tries {
		port := uint16(lowest + rand.IntN(highest-lowest))
		if free(netip.AddrPortFrom(addr, port)) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port of %s between %d and %d in %d tries", addr, lowest, highest, tries)
}

// EphemeralPorts is the range net.ipv4.ip_local_port_range, from which the kernel takes source ports; its default where
// it cannot be read.
func EphemeralPorts() (lowest, highest int) {
	lowest, highest = 32768, 60999
	if text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		_, _ = fmt.Sscan(string(text), &lowest, &highest) // unreadable numbers leave the default
	}
	return lowest, highest
}

// free says whether a socket without options could be bound to addr now.
func free(addr netip.AddrPort) bool {
	family, sa := unix.AF_INET, unix.Sockaddr(&unix.SockaddrInet4{Port: int(addr.Port()), Addr: [4]byte{}})
	if addr.Addr().Is6() {
		family, sa = unix.AF_INET6, &unix.SockaddrInet6{Port: int(addr.Port())}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Bind(fd, sa) == nil
}
