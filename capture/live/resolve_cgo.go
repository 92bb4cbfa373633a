//go:build cgo

package live

/*
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"net/netip"
	"unsafe"
)

// Resolver says how names are looked up here.
const Resolver = "getaddrinfo(3)"

// resolve asks the C library, as most programs do: nsswitch.conf, /etc/hosts, DNS, and the order of RFC 6724 and gai.conf.
func resolve(host, service string) ([]netip.AddrPort, error) {
	h, s := C.CString(host), C.CString(service)
	defer C.free(unsafe.Pointer(h))
	defer C.free(unsafe.Pointer(s))
	var hints C.struct_addrinfo
	hints.ai_family, hints.ai_socktype = C.AF_UNSPEC, C.SOCK_STREAM
	var list *C.struct_addrinfo
	switch code, err := C.getaddrinfo(h, s, &hints, &list); code {
	case 0:
	case C.EAI_SYSTEM:
		return nil, err
	case C.EAI_SERVICE:
		return nil, fmt.Errorf("%q is no port: %w", service, ErrService)
	default:
		return nil, errors.New(C.GoString(C.gai_strerror(code)))
	}
	defer C.freeaddrinfo(list)
	var found []netip.AddrPort
	for ; list != nil; list = list.ai_next {
		if at := sockaddr(list.ai_addr); at.IsValid() {
			found = append(found, at)
		}
	}
	return found, nil
}

// sockaddr reads an address and port; the scope of a link-local address becomes its zone.
func sockaddr(sa *C.struct_sockaddr) netip.AddrPort {
	switch sa.sa_family {
	case C.AF_INET:
		in := (*C.struct_sockaddr_in)(unsafe.Pointer(sa))
		return netip.AddrPortFrom(netip.AddrFrom4(*(*[4]byte)(unsafe.Pointer(&in.sin_addr))), swap(uint16(in.sin_port)))
	case C.AF_INET6:
		in := (*C.struct_sockaddr_in6)(unsafe.Pointer(sa))
		addr := netip.AddrFrom16(*(*[16]byte)(unsafe.Pointer(&in.sin6_addr)))
		if in.sin6_scope_id != 0 {
			addr = addr.WithZone(deviceName(uint32(in.sin6_scope_id), map[uint32]string{}))
		}
		return netip.AddrPortFrom(addr, swap(uint16(in.sin6_port)))
	}
	return netip.AddrPort{}
}
