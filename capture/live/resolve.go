package live

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
)

// ErrService is the error of a port that is neither a number nor a name of /etc/services.
var ErrService = errors.New("no such service")

// Resolve looks host and service up as programs do, and returns each address once, in the order in which they try them.
func Resolve(ctx context.Context, host, service string) ([]netip.AddrPort, error) {
	type answer struct {
		list []netip.AddrPort
		err  error
	}
	got := make(chan answer, 1)
	go func() { // the C library cannot be interrupted
		list, err := resolve(host, service)
		got <- answer{list, err}
	}()
	select {
	case a := <-got:
		var once []netip.AddrPort
		for _, at := range a.list {
			if !slices.Contains(once, at) {
				once = append(once, at)
			}
		}
		return once, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// swap turns a port in network order into a number.
func swap(n uint16) uint16 {
	var b [2]byte
	binary.NativeEndian.PutUint16(b[:], n)
	return binary.BigEndian.Uint16(b[:])
}
