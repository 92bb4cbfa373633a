package lab

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
)

// bridgeName is the interface that joins the ports of the bridge's host.
const bridgeName = "br0"

// twinMAC is the hardware address of the host that claims the server's IPv4 address.
var twinMAC = net.HardwareAddr{2, 0, 10, 0, 0, 0x66}

// bridged joins client and server, and the server's twin if there is one, by a switch: a namespace with a bridge. It has
// no address and says nothing by itself.
func (l *Lab) bridged(c Config) error {
	names := []string{"client", "bridge", "server", "twin"}
	if !c.Twin {
		names = names[:3]
	}
	hosts := map[string]*Host{}
	for _, name := range names {
		h, err := l.addHost(name)
		if err != nil {
			return err
		}
		hosts[name] = h
	}
	bridge := hosts["bridge"]
	bridge.Near = "port1"
	err := bridge.Do(addBridge)
	if err != nil {
		return err
	}
	plain := c
	plain.Cable = nil
	err = errors.Join(
		l.join(end{host: hosts["client"], iface: "eth0", addrs: clientAddrs}, end{host: bridge, iface: "port1"}, c),
		l.join(end{host: hosts["server"], iface: "eth0", addrs: serverAddrs}, end{host: bridge, iface: "port2"}, plain))
	if c.Twin {
		twin := end{host: hosts["twin"], iface: "eth0", addrs: pair{v4: serverAddrs.v4}, hw: twinMAC}
		err = errors.Join(err, l.join(twin, end{host: bridge, iface: "port3"}, plain))
	}
	return err
}

// addBridge makes the bridge of this thread's namespace.
func addBridge() error {
	quiet := false
	link := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: bridgeName}, MulticastSnooping: &quiet}
	if err := netlink.LinkAdd(link); err != nil {
		return fmt.Errorf("bridge (the kernel module bridge is needed): %w", err)
	}
	return errors.Join(mute(bridgeName), up(bridgeName))
}

// plugIn makes an interface a port of the bridge.
func plugIn(iface string) error {
	bridge, err := netlink.LinkByName(bridgeName)
	if err != nil {
		return err
	}
	link, err := netlink.LinkByName(iface)
	if err != nil {
		return err
	}
	return errors.Join(mute(iface), offloadsOff(iface), netlink.LinkSetMaster(link, bridge), netlink.LinkSetUp(link))
}
