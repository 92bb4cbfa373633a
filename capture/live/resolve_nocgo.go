//go:build !cgo

package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// Resolver says how names are looked up here.
const Resolver = "Go's resolver (no C library in this build: gai.conf is not read)"

// resolve asks Go's resolver, which reads /etc/hosts and asks DNS, and sorts by RFC 6724.
func resolve(host, service string) ([]netip.AddrPort, error) {
	port, err := net.DefaultResolver.LookupPort(context.Background(), "tcp", service)
	if err != nil {
		return nil, fmt.Errorf("%q is no port: %w", service, ErrService)
	}
	addrs, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip", host)
	var dns *net.DNSError
	if errors.As(err, &dns) {
		err = errors.New(dns.Err)
	}
	var found []netip.AddrPort
	for _, a := range addrs {
		found = append(found, netip.AddrPortFrom(a.Unmap(), uint16(port)))
	}
	return found, err
}
