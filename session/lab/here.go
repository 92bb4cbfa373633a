package lab

import (
	"errors"

	"github.com/vishvananda/netlink"
)

// Here makes the network of a sealed process itself a host alone: lo is up and carries segments as a wire would. Whoever
// needs no second host is spared entering one.
func Here() error {
	if !Sealed() {
		return errors.New("only a sealed process has a network of its own")
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return errors.Join(netlink.LinkSetUp(lo), wireLikeLoopback(), useReno())
}
