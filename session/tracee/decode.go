package tracee

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"tcplab/capture/calls"
	"tcplab/session/sock"
)

// keptBytes is how much of a payload is read and recorded.
const keptBytes = sock.KeptBytes

// context is one call of the program while it is being decoded.
type context struct {
	t    *tracer
	task *task
	how  *decoder
	arg  [6]uint64
	sock *socket // that the call is about, nil for none
	call calls.Call
	said netip.AddrPort // the address among the arguments

	isDatagram bool // socket() makes a datagram socket
}

// int is argument i as C's int.
func (k *context) int(i int) int { return int(int32(k.arg[i])) }

// args joins arguments.
func args(words ...any) string {
	text := make([]string, len(words))
	for i, w := range words {
		text[i] = fmt.Sprint(w)
	}
	return strings.Join(text, ", ")
}

// address reads a socket address of the given size.
func (k *context) address(at uint64, size int) (addr netip.AddrPort, family int) {
	b := k.read(at, min(size, unix.SizeofSockaddrInet6))
	if len(b) < 2 {
		return addr, -1
	}
	family = int(b[0]) | int(b[1])<<8
	switch {
	case family == unix.AF_INET && len(b) >= 8:
		addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), uint16(b[2])<<8|uint16(b[3]))
	case family == unix.AF_INET6 && len(b) >= 24:
		ip := netip.AddrFrom16([16]byte(b[8:24]))
		if scope := uint32(at32(b, 24)); scope != 0 {
			ip = ip.WithZone(strconv.Itoa(int(scope)))
		}
		addr = netip.AddrPortFrom(ip, uint16(b[2])<<8|uint16(b[3]))
	}
	return addr, family
}

func at32(b []byte, i int) (v uint32) {
	if len(b) >= i+4 {
		v = uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2])<<16 | uint32(b[i+3])<<24
	}
	return v
}

// addressText prints a socket address among the arguments.
func (k *context) addressText(at uint64, size int) string {
	addr, family := k.address(at, size)
	switch {
	case at == 0:
		return "NULL"
	case addr.IsValid():
		k.said = addr
		return sock.FormatAddr(addr)
	case family == unix.AF_UNSPEC:
		return "{sa_family=AF_UNSPEC}"
	}
	return fmt.Sprintf("{sa_family=%d}", family)
}

func socketBegin(k *context) (string, bool) {
	family, kind := k.int(0), k.int(1)
	isIP := family == unix.AF_INET || family == unix.AF_INET6
	bare := kind &^ (unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK)
	k.isDatagram = bare == unix.SOCK_DGRAM
	return sock.SocketArgs(family, kind, k.int(2)), isIP && (bare == unix.SOCK_STREAM || k.isDatagram)
}

func addressBegin(k *context) (string, bool) {
	return args(k.int(0), k.addressText(k.arg[1], k.int(2)), k.int(2)), true
}

func listenBegin(k *context) (string, bool) { return args(k.int(0), k.int(1)), true }

func acceptBegin(k *context) (string, bool) { return k.acceptArgs("addr", "addrlen"), true }

func (k *context) acceptArgs(addr, size string) string {
	if k.arg[1] == 0 {
		addr, size = "NULL", "NULL"
	}
	text := args(k.int(0), addr, size)
	if k.how.op == "accept4" {
		flags := k.int(3)
		text += ", " + sock.SocketFlags(flags)
	}
	return text
}

func acceptEnd(k *context) string {
	size, _ := k.number(k.arg[2])
	return k.acceptArgs(k.addressText(k.arg[1], size), fmt.Sprintf("[%d]", size))
}

func sendBegin(k *context) (string, bool) {
	k.call.Data = k.read(k.arg[1], int(min(k.arg[2], keptBytes)))
	text := args(k.int(0), k.quoted(k.arg[2]), k.arg[2], sock.MessageFlags(k.int(3)))
	if k.arg[4] == 0 {
		k.call.Op = "send" // what the C library's send() calls
		return text, true
	}
	return args(text, k.addressText(k.arg[4], k.int(5)), k.int(5)), true
}

// quoted prints the data of the call, of which there are n bytes.
func (k *context) quoted(n uint64) string {
	text := sock.Quote(k.call.Data)
	if uint64(len(k.call.Data)) < n && !strings.HasSuffix(text, "...") {
		text += "..."
	}
	return text
}

func writeBegin(k *context) (string, bool) {
	k.call.Data = k.read(k.arg[1], int(min(k.arg[2], keptBytes)))
	return args(k.int(0), k.quoted(k.arg[2]), k.arg[2]), true
}

func writevBegin(k *context) (string, bool) {
	list := k.vectors(k.arg[1], k.arg[2])
	k.call.Data = k.gather(list, keptBytes)
	return args(k.int(0), k.piecesText(list), k.arg[2]), true
}

// piecesText prints scattered buffers as one: how a program cut its message up does not show on the wire.
func (k *context) piecesText(list []vector) string {
	n := 0
	for _, v := range list {
		n += v.size
	}
	return fmt.Sprintf("[{iov_base=%s, iov_len=%d}]", k.quoted(uint64(n)), n)
}

func sendmsgBegin(k *context) (string, bool) {
	m := k.message(k.arg[1])
	k.call.Data = k.gather(m.vectors, keptBytes)
	text := ""
	if m.name != 0 {
		text = "msg_name=" + k.addressText(m.name, m.nameLen) + ", "
	}
	return args(k.int(0), "{"+text+"msg_iov="+k.piecesText(m.vectors)+"}", sock.MessageFlags(k.int(2))), true
}

func sendfileBegin(k *context) (string, bool) {
	return args(k.int(0), k.int(1), "offset", k.arg[3]), true
}

func recvBegin(k *context) (string, bool) {
	if k.arg[4] == 0 {
		k.call.Op = "recv" // what the C library's recv() calls
	}
	return args(k.int(0), "buf", k.arg[2], sock.MessageFlags(k.int(3))), true
}

func recvEnd(k *context) string {
	k.call.Data = k.read(k.arg[1], min(k.call.N, keptBytes))
	text := args(k.int(0), sock.Quote(k.call.Data), k.arg[2], sock.MessageFlags(k.int(3)))
	if k.arg[4] != 0 {
		size, _ := k.number(k.arg[5])
		text = args(text, k.addressText(k.arg[4], size), fmt.Sprintf("[%d]", size))
	}
	return text
}

func readBegin(k *context) (string, bool) { return args(k.int(0), "buf", k.arg[2]), true }

func readEnd(k *context) string {
	k.call.Data = k.read(k.arg[1], min(k.call.N, keptBytes))
	return args(k.int(0), sock.Quote(k.call.Data), k.arg[2])
}

func readvBegin(k *context) (string, bool) { return args(k.int(0), "iov", k.arg[2]), true }

func readvEnd(k *context) string {
	list := k.vectors(k.arg[1], k.arg[2])
	k.call.Data = k.gather(list, k.call.N)
	return args(k.int(0), k.piecesReceived(list), k.arg[2])
}

func (k *context) piecesReceived(list []vector) string {
	n := 0
	for _, v := range list {
		n += v.size
	}
	return fmt.Sprintf("[{iov_base=%s, iov_len=%d}]", sock.Quote(k.call.Data), n)
}

func recvmsgBegin(k *context) (string, bool) {
	return args(k.int(0), "msg", sock.MessageFlags(k.int(2))), true
}

func recvmsgEnd(k *context) string {
	m := k.message(k.arg[1])
	k.call.Data = k.gather(m.vectors, k.call.N)
	return args(k.int(0), "{msg_iov="+k.piecesReceived(m.vectors)+"}", sock.MessageFlags(k.int(2)))
}

func shutdownBegin(k *context) (string, bool) {
	how := strconv.Itoa(k.int(1))
	if names := []string{"SHUT_RD", "SHUT_WR", "SHUT_RDWR"}; k.int(1) >= 0 && k.int(1) < len(names) {
		how = names[k.int(1)]
	}
	return args(k.int(0), how), true
}

func closeBegin(k *context) (string, bool) { return args(k.int(0)), true }

func setsockoptBegin(k *context) (string, bool) {
	level, name := sock.OptionNames(k.int(1), k.int(2))
	return args(k.int(0), level, name, k.optionValue(k.arg[3], k.int(4)), k.int(4)), true
}

func getsockoptBegin(k *context) (string, bool) {
	level, name := sock.OptionNames(k.int(1), k.int(2))
	return args(k.int(0), level, name, "value", "len"), true
}

func getsockoptEnd(k *context) string {
	level, name := sock.OptionNames(k.int(1), k.int(2))
	size, _ := k.number(k.arg[4])
	value := k.optionValue(k.arg[3], size)
	if v, ok := k.number(k.arg[3]); ok && name == "SO_ERROR" && v != 0 {
		value = "[" + calls.ErrnoName(syscall.Errno(v)) + "]"
	}
	return args(k.int(0), level, name, value, fmt.Sprintf("[%d]", size))
}

// optionValue prints the value of an option by its size: an int, or one of the two structures that options have.
func (k *context) optionValue(at uint64, size int) string {
	isSocket, number := k.int(1) == unix.SOL_SOCKET, k.int(2)
	b := k.read(at, min(size, 2*word))
	switch {
	case at == 0 || len(b) == 0:
		return "NULL"
	case isSocket && number == unix.SO_LINGER && len(b) == 8:
		return fmt.Sprintf("{l_onoff=%d, l_linger=%d}", int32(at32(b, 0)), int32(at32(b, 4)))
	case isSocket && (number == unix.SO_RCVTIMEO || number == unix.SO_SNDTIMEO) && len(b) == 16:
		return fmt.Sprintf("{tv_sec=%d, tv_usec=%d}", at32(b, 0), at32(b, 8))
	case size == 4:
		return fmt.Sprintf("[%d]", int32(at32(b, 0)))
	}
	return "{…}"
}

func nameBegin(k *context) (string, bool) { return args(k.int(0), "addr", "addrlen"), true }

func nameEnd(k *context) string {
	size, _ := k.number(k.arg[2])
	return args(k.int(0), k.addressText(k.arg[1], size), fmt.Sprintf("[%d]", size))
}

// fcntlBegin records only what changes how the socket behaves.
func fcntlBegin(k *context) (string, bool) {
	flags := "O_RDWR"
	if k.int(2)&unix.O_NONBLOCK != 0 {
		flags += "|O_NONBLOCK"
	}
	return args(k.int(0), "F_SETFL", flags), k.int(1) == unix.F_SETFL
}

// fionbio is FIONBIO of the kernel's asm-generic/ioctls.h.
const fionbio = 0x5421

func ioctlBegin(k *context) (string, bool) {
	v, _ := k.number(k.arg[2])
	return args(k.int(0), "FIONBIO", fmt.Sprintf("[%d]", v)), uint32(k.arg[1]) == fionbio
}

func killBegin(k *context) (string, bool) {
	return sock.KillArgs(k.int(0), syscall.Signal(k.int(1))), k.int(1) != 0 && k.t.known(k.task)
}

func exitBegin(k *context) (string, bool) { return args(k.int(0)), k.t.known(k.task) }

// uringBegin only says that the program has a way to the network on which it cannot be followed.
func uringBegin(k *context) (string, bool) {
	k.t.warn("the %s uses io_uring: what it does that way is no system call, and not shown", k.t.Actor)
	return "", false
}
