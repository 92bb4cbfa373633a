package lab

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// offloadsOff makes the interface send what a wire would carry: segments no longer than the MTU, with their checksums.
func offloadsOff(iface string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, feature := range []uint32{unix.ETHTOOL_STSO, unix.ETHTOOL_SGSO, unix.ETHTOOL_SGRO, unix.ETHTOOL_STXCSUM} {
		if _, err := ethtool(fd, iface, feature, 0); err != nil {
			return fmt.Errorf("offload %#x of %s: %w", feature, iface, err)
		}
	}
	return nil
}

// linkUp asks whether the interface has a carrier. Asking also makes the kernel act on a carrier that has just come: by
// itself it may take a second, and until then IPv6 does not answer its neighbours.
func linkUp(iface string) (bool, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	value, err := ethtool(fd, iface, unix.ETHTOOL_GLINK, 0)
	return value == 1, err
}

// ethtool is the ioctl behind ethtool(8) for commands of one number: a struct ifreq that points to an ethtool_value.
func ethtool(fd int, iface string, command, value uint32) (uint32, error) {
	argument := struct{ command, value uint32 }{command, value}
	request := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte // the union behind data is longer
	}{data: unsafe.Pointer(&argument)}
	copy(request.name[:unix.IFNAMSIZ-1], iface)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return 0, errno
	}
	return argument.value, nil
}
