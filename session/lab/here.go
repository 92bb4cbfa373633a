package lab

import (
	"errors"
	"net/netip"
	"os"
	"strings"

	"github.com/vishvananda/netlink"
)

// Here makes the network of a sealed process itself a host alone: lo is up, carries segments as a wire would, and has an
// address besides 127.0.0.1, as a machine on a network has. Whoever needs no second host is spared entering one.
func Here() error {
	if !Sealed() {
		return errors.New("only a sealed process has a network of its own")
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	err = errors.Join(netlink.LinkSetUp(lo), addAddress(lo, clientAddrs.v4), wireLikeLoopback(), useReno())
	addTaken(lo)
	return err
}

// takenEnv lists the addresses that a sealed process has from the machine it was started on.
const takenEnv = "TCPLAB_ADDRESSES"

// TakeAlong gives the network of a process that Seal starts the addresses of this machine besides its own: programs that
// bind to one of them, or look their own name up, find what they find here.
func TakeAlong(addrs []netip.Prefix) {
	var words []string
	for _, p := range addrs {
		words = append(words, p.Addr().String())
	}
	_ = os.Setenv(takenEnv, strings.Join(words, " ")) // a name and a value without a zero byte
}

// addTaken adds the addresses that were taken along. Those on lo are there already, and a link's own belong to no other.
// One that cannot be added, where there is no IPv6 say, is missed by the program that binds to it, and that shows.
func addTaken(lo netlink.Link) {
	for _, word := range strings.Fields(os.Getenv(takenEnv)) {
		addr, err := netip.ParseAddr(word)
		if err != nil || addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr == clientAddrs.v4.Addr() {
			continue
		}
		_ = addAddress(lo, netip.PrefixFrom(addr, addr.BitLen()))
	}
}
