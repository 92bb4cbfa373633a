package lab

import (
	"errors"

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
	return errors.Join(netlink.LinkSetUp(lo), addAddress(lo, clientAddrs.v4), wireLikeLoopback(), useReno())
}
