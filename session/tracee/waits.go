package tracee

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tcplab/session/sock"
)

// Calls that wait for several descriptors at once are recorded when one of them is a socket.

func pollBegin(k *context) (string, bool) {
	set := k.pollSet()
	isOurs := false
	for _, p := range set {
		isOurs = isOurs || k.isSocket(int(p.Fd))
	}
	if len(set) == 1 {
		k.call.FD = int(set[0].Fd)
	}
	return sock.PollArgs(set, k.pollTimeout()), isOurs
}

func pollEnd(k *context) string { return sock.PollArgs(k.pollSet(), k.pollTimeout()) }

// pollSet reads the array of struct pollfd.
func (k *context) pollSet() (set []unix.PollFd) {
	const size, most = 8, 64
	for b := k.read(k.arg[0], size*int(min(k.arg[1], most))); len(b) >= size; b = b[size:] {
		set = append(set, unix.PollFd{Fd: int32(at32(b, 0)), Events: int16(at32(b, 4)), Revents: int16(at32(b, 4) >> 16)})
	}
	return set
}

// pollTimeout is the wait in milliseconds, which ppoll has as a timespec; -1: for ever.
func (k *context) pollTimeout() int {
	if k.how.op == "poll" {
		return k.int(2)
	}
	b := k.read(k.arg[2], 2*word)
	if len(b) < 2*word {
		return -1
	}
	return int(binary.NativeEndian.Uint64(b)*1e3 + binary.NativeEndian.Uint64(b[word:])/1e6)
}

func selectBegin(k *context) (string, bool) {
	isOurs := false
	text := []string{strconv.Itoa(k.int(0))}
	for i := 1; i <= 3; i++ {
		list, has := k.fdSet(k.arg[i])
		text, isOurs = append(text, list), isOurs || has
	}
	if k.arg[4] == 0 {
		return strings.Join(append(text, "NULL"), ", "), isOurs
	}
	unit := map[string]string{"select": "usec", "pselect6": "nsec"}[k.how.op]
	b := k.read(k.arg[4], 2*word)
	if len(b) == 2*word {
		text = append(text, fmt.Sprintf("{tv_sec=%d, tv_%s=%d}", binary.NativeEndian.Uint64(b), unit, binary.NativeEndian.Uint64(b[word:])))
	}
	return strings.Join(text, ", "), isOurs
}

// fdSet prints a struct fd_set, and says whether a socket is in it.
func (k *context) fdSet(at uint64) (text string, has bool) {
	if at == 0 {
		return "NULL", false
	}
	var list []string
	for i, b := range k.read(at, (min(k.int(0), unix.FD_SETSIZE)+63)/64*8) {
		for bit := range 8 {
			if fd := 8*i + bit; b&(1<<bit) != 0 && fd < k.int(0) {
				list, has = append(list, strconv.Itoa(fd)), has || k.isSocket(fd)
			}
		}
	}
	return "[" + strings.Join(list, " ") + "]", has
}

var epollOps = []string{"0", "EPOLL_CTL_ADD", "EPOLL_CTL_DEL", "EPOLL_CTL_MOD"}

func epollCtlBegin(k *context) (string, bool) {
	op, fd := k.int(1), k.int(2)
	if op < 0 || op >= len(epollOps) || !k.isSocket(fd) {
		return "", false
	}
	k.call.FD = fd
	event := "NULL"
	if b := k.read(k.arg[3], 4); len(b) == 4 {
		event = "{events=" + sock.PollFlags(int(at32(b, 0)&0xffff)) + "}"
	}
	return args(k.int(0), epollOps[op], fd, event), true
}

func epollWaitBegin(k *context) (string, bool) {
	return args(k.int(0), "events", k.int(2), k.int(3)), k.epollHasSocket()
}

// epollHasSocket asks the kernel which descriptors the set has (proc_pid_fdinfo(5)).
func (k *context) epollHasSocket() bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", k.task.tgid, k.int(0))) // unreadable: nothing is known of the set
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == "tfd:" {
			if fd, err := strconv.Atoi(fields[1]); err == nil && k.isSocket(fd) {
				return true
			}
		}
	}
	return false
}

// epollWaitEnd prints which events there were. Their data are the program's own, mostly the descriptor.
func epollWaitEnd(k *context) string {
	const most = 16
	var list []string
	for i := range min(k.call.N, most) {
		b := k.read(k.arg[1]+uint64(i*epollEventSize), epollEventSize)
		list = append(list, fmt.Sprintf("{events=%s, data=%d}", sock.PollFlags(int(at32(b, 0)&0xffff)), at32(b, epollEventSize-word)))
	}
	return args(k.int(0), "["+strings.Join(list, ", ")+"]", k.int(2), k.int(3))
}
