package sock

import (
	"fmt"
	"net/netip"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcplab/capture/calls"
)

// option names a socket option for the kernel and for the record.
type option struct {
	name, levelName string
	level, number   int
}

// options are the int options that scenarios set, under the names C programs use.
var options = []option{
	{"SO_REUSEADDR", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_REUSEADDR},
	{"SO_REUSEPORT", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_REUSEPORT},
	// What the first seed writes. On Linux 2|15 is 15, which is SO_REUSEPORT alone.
	{"SO_REUSEADDR|SO_REUSEPORT", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_REUSEADDR | unix.SO_REUSEPORT},
	{"SO_KEEPALIVE", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_KEEPALIVE},
	{"SO_RCVBUF", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_RCVBUF},
	{"SO_SNDBUF", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_SNDBUF},
	{"SO_RCVLOWAT", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_RCVLOWAT},
	{"SO_ERROR", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_ERROR},
	{"TCP_NODELAY", "SOL_TCP", unix.SOL_TCP, unix.TCP_NODELAY},
	{"TCP_QUICKACK", "SOL_TCP", unix.SOL_TCP, unix.TCP_QUICKACK},
	{"TCP_SYNCNT", "SOL_TCP", unix.SOL_TCP, unix.TCP_SYNCNT},
	{"TCP_REPAIR", "SOL_TCP", unix.SOL_TCP, unix.TCP_REPAIR},
	{"IP_MINTTL", "SOL_IP", unix.SOL_IP, unix.IP_MINTTL},
	{"TCP_KEEPIDLE", "SOL_TCP", unix.SOL_TCP, unix.TCP_KEEPIDLE},
	{"TCP_KEEPINTVL", "SOL_TCP", unix.SOL_TCP, unix.TCP_KEEPINTVL},
	{"TCP_KEEPCNT", "SOL_TCP", unix.SOL_TCP, unix.TCP_KEEPCNT},
	{"TCP_USER_TIMEOUT", "SOL_TCP", unix.SOL_TCP, unix.TCP_USER_TIMEOUT},
	{"TCP_LINGER2", "SOL_TCP", unix.SOL_TCP, unix.TCP_LINGER2},
	{"IP_LOCAL_PORT_RANGE", "SOL_IP", unix.SOL_IP, ipLocalPortRange},
	{"TCP_CORK", "SOL_TCP", unix.SOL_TCP, unix.TCP_CORK},
	{"TCP_MAXSEG", "SOL_TCP", unix.SOL_TCP, unix.TCP_MAXSEG},
	{"TCP_DEFER_ACCEPT", "SOL_TCP", unix.SOL_TCP, unix.TCP_DEFER_ACCEPT},
	{"TCP_FASTOPEN", "SOL_TCP", unix.SOL_TCP, unix.TCP_FASTOPEN},
	{"IPV6_V6ONLY", "SOL_IPV6", unix.SOL_IPV6, unix.IPV6_V6ONLY},
}

// lookup returns the option called name. An unknown name is sent to the kernel as option -1, which answers ENOPROTOOPT.
func lookup(name string) option {
	for _, o := range options {
		if o.name == name {
			return o
		}
	}
	return option{name, "SOL_SOCKET", unix.SOL_SOCKET, -1}
}

// OptionNames returns the names of a socket option and its level; the numbers where they have none here.
func OptionNames(level, number int) (levelName, name string) {
	for _, o := range options {
		if o.level == level {
			levelName = o.levelName
			if o.number == number {
				return o.levelName, o.name
			}
		}
	}
	for _, o := range otherOptions {
		if o.level == level && o.number == number {
			return o.levelName, o.name
		}
	}
	if levelName == "" {
		levelName = strconv.Itoa(level)
	}
	return levelName, strconv.Itoa(number)
}

// otherOptions are those that only programs of the user's set.
var otherOptions = []option{
	{"SO_LINGER", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_LINGER},
	{"SO_RCVTIMEO", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_RCVTIMEO},
	{"SO_SNDTIMEO", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_SNDTIMEO},
	{"SO_BROADCAST", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_BROADCAST},
	{"SO_BINDTODEVICE", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_BINDTODEVICE},
	{"SO_TYPE", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_TYPE},
	{"SO_ACCEPTCONN", "SOL_SOCKET", unix.SOL_SOCKET, unix.SO_ACCEPTCONN},
	{"TCP_INFO", "SOL_TCP", unix.SOL_TCP, unix.TCP_INFO},
	{"TCP_MAXSEG", "SOL_TCP", unix.SOL_TCP, unix.TCP_MAXSEG},
	{"TCP_DEFER_ACCEPT", "SOL_TCP", unix.SOL_TCP, unix.TCP_DEFER_ACCEPT},
	{"TCP_FASTOPEN", "SOL_TCP", unix.SOL_TCP, unix.TCP_FASTOPEN},
	{"TCP_CONGESTION", "SOL_TCP", unix.SOL_TCP, unix.TCP_CONGESTION},
	{"IP_TTL", "SOL_IP", unix.SOL_IP, unix.IP_TTL},
	{"IP_TOS", "SOL_IP", unix.SOL_IP, unix.IP_TOS},
	{"IP_RECVERR", "SOL_IP", unix.SOL_IP, unix.IP_RECVERR},
}

// ipLocalPortRange is IP_LOCAL_PORT_RANGE of Linux 6.3: highest<<16 | lowest.
const ipLocalPortRange = 51

func (o option) args(fd int, value, size string) string {
	return openArgs(fd, o.levelName, o.name, value, size)
}

// SetOption is setsockopt(2) for the int option called name, e.g. "SO_REUSEADDR".
func (k *Caller) SetOption(fd int, name string, value int) error {
	o := lookup(name)
	_, err := k.record("setsockopt", fd, o.args(fd, fmt.Sprintf("[%d]", value), "4"), func() result {
		return result{err: unix.SetsockoptInt(fd, o.level, o.number, value)}
	})
	return err
}

// GetOption is getsockopt(2) for the int option called name.
func (k *Caller) GetOption(fd int, name string) (value int, err error) {
	o := lookup(name)
	_, err = k.record("getsockopt", fd, o.args(fd, "value", "[4]"), func() result {
		value, err = unix.GetsockoptInt(fd, o.level, o.number)
		shown := strconv.Itoa(value)
		if o.number == unix.SO_ERROR && o.level == unix.SOL_SOCKET && value != 0 {
			shown = calls.ErrnoName(syscall.Errno(value)) // as strace prints it
		}
		return result{err: err, args: o.args(fd, "["+shown+"]", "[4]")}
	})
	return value, err
}

// SetLinger is setsockopt(2) with SO_LINGER: on with 0 seconds, close discards what is unsent and resets the connection.
func (k *Caller) SetLinger(fd int, on bool, seconds int) error {
	l := unix.Linger{Linger: int32(seconds)}
	if on {
		l.Onoff = 1
	}
	value := fmt.Sprintf("{l_onoff=%d, l_linger=%d}", l.Onoff, l.Linger)
	_, err := k.record("setsockopt", fd, openArgs(fd, "SOL_SOCKET", "SO_LINGER", value, "8"), func() result {
		return result{err: unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &l)}
	})
	return err
}

// SetTimeout is setsockopt(2) with SO_RCVTIMEO or SO_SNDTIMEO.
func (k *Caller) SetTimeout(fd int, name string, d time.Duration) error {
	number := unix.SO_RCVTIMEO
	if name == "SO_SNDTIMEO" {
		number = unix.SO_SNDTIMEO
	}
	tv := unix.NsecToTimeval(int64(d))
	size := strconv.Itoa(int(unsafe.Sizeof(tv)))
	_, err := k.record("setsockopt", fd, openArgs(fd, "SOL_SOCKET", name, timeval(d), size), func() result {
		return result{err: unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, number, &tv)}
	})
	return err
}

// SetMD5 makes the socket sign what it sends to peer with key, and demand such signatures from it (RFC 2385).
func (k *Caller) SetMD5(fd int, peer netip.Addr, key string) error {
	sig := unix.TCPMD5Sig{Keylen: uint16(len(key)), Addr: storage(peer)}
	copy(sig.Key[:], key)
	args := openArgs(fd, "SOL_TCP", "TCP_MD5SIG", fmt.Sprintf("{peer=%s, key=%q}", peer, key), strconv.Itoa(int(unsafe.Sizeof(sig))))
	_, err := k.record("setsockopt", fd, args, func() result {
		return result{err: unix.SetsockoptTCPMD5Sig(fd, unix.SOL_TCP, unix.TCP_MD5SIG, &sig)}
	})
	return err
}

// storage lays addr out as the kernel does, without a port.
func storage(addr netip.Addr) (s unix.SockaddrStorage) {
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&s)), unsafe.Sizeof(s))
	s.Family = unix.AF_INET
	at := unsafe.Offsetof(unix.RawSockaddrInet4{}.Addr)
	if addr.Is6() {
		s.Family, at = unix.AF_INET6, unsafe.Offsetof(unix.RawSockaddrInet6{}.Addr)
	}
	copy(bytes[at:], addr.AsSlice())
	return s
}

// BindToDevice ties the socket to one interface.
func (k *Caller) BindToDevice(fd int, iface string) error {
	_, err := k.record("setsockopt", fd, openArgs(fd, "SOL_SOCKET", "SO_BINDTODEVICE", Quote([]byte(iface)), strconv.Itoa(len(iface))), func() result {
		return result{err: unix.BindToDevice(fd, iface)}
	})
	return err
}
