package sock

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// shownBytes is how much of a payload the arguments show, KeptBytes how much of it the record keeps.
const (
	shownBytes = 64
	KeptBytes  = 256
)

// kept returns the part of a payload that goes into the record; the count of the call says how much there was.
func kept(data []byte) []byte {
	return append([]byte(nil), data[:min(len(data), KeptBytes)]...)
}

// openArgs joins fd and further arguments that are printed as they are.
func openArgs(fd int, rest ...string) string {
	return strings.Join(append([]string{strconv.Itoa(fd)}, rest...), ", ")
}

func intArgs(values ...int) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = strconv.Itoa(v)
	}
	return strings.Join(words, ", ")
}

// SocketArgs prints the arguments of socket(2).
func SocketArgs(family, kind, protocol int) string {
	const flags = unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK
	words := kinds[kind&^flags]
	if kind&flags != 0 {
		words += "|" + formatFlags(socketFlags, kind&flags)
	}
	name := protocols[protocol]
	if name == "" {
		name = strconv.Itoa(protocol)
	}
	return families[family] + ", " + words + ", " + name
}

// MessageFlags prints the flags of send(2) and recv(2).
func MessageFlags(v int) string { return formatFlags(messageFlags, v) }

func addrArgs(fd int, addr netip.AddrPort) string {
	return openArgs(fd, FormatAddr(addr), addrLen(addr))
}

// nameArgs are the arguments of a call that filled an address in.
func nameArgs(fd int, addr netip.AddrPort) string {
	return openArgs(fd, FormatAddr(addr), "["+addrLen(addr)+"]")
}

// FormatAddr prints a socket address as strace does.
func FormatAddr(addr netip.AddrPort) string {
	if addr.Addr().Is4() {
		return fmt.Sprintf("{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(%q)}", addr.Port(), addr.Addr())
	}
	return fmt.Sprintf("{sa_family=AF_INET6, sin6_port=htons(%d), inet_pton(AF_INET6, %q, &sin6_addr)}", addr.Port(), addr.Addr())
}

// addrLen is the size of addr's sockaddr structure.
func addrLen(addr netip.AddrPort) string {
	if addr.Addr().Is4() {
		return strconv.Itoa(unix.SizeofSockaddrInet4)
	}
	return strconv.Itoa(unix.SizeofSockaddrInet6)
}

func sendArgs(fd int, data []byte, flags int) string {
	return openArgs(fd, Quote(data), strconv.Itoa(len(data)), formatFlags(messageFlags, flags))
}

// recvOpenArgs are the arguments of a receive that has not returned: nothing is known of the buffer's content.
func recvOpenArgs(fd, size, flags int) string {
	return openArgs(fd, "buf", strconv.Itoa(size), formatFlags(messageFlags, flags))
}

func recvArgs(fd int, data []byte, size, flags int) string {
	return openArgs(fd, Quote(data), strconv.Itoa(size), formatFlags(messageFlags, flags))
}

func shutdownArgs(fd, how int) string {
	return openArgs(fd, [...]string{"SHUT_RD", "SHUT_WR", "SHUT_RDWR"}[how])
}

// KillArgs prints the arguments of kill(2).
func KillArgs(pid int, sig syscall.Signal) string {
	return strconv.Itoa(pid) + ", " + unix.SignalName(sig)
}

// PollArgs prints the set with what the kernel found, which is nothing before it has answered.
func PollArgs(set []unix.PollFd, ms int) string {
	entries := make([]string, len(set))
	for i, p := range set {
		entries[i] = fmt.Sprintf("{fd=%d, events=%s", p.Fd, formatFlags(pollFlags, int(p.Events)))
		if p.Revents != 0 {
			entries[i] += ", revents=" + formatFlags(pollFlags, int(p.Revents))
		}
		entries[i] += "}"
	}
	return "[" + strings.Join(entries, ", ") + "], " + intArgs(len(set), ms)
}

// waitStatus prints how a child ended.
func waitStatus(s unix.WaitStatus) string {
	if s.Signaled() {
		return "WIFSIGNALED && WTERMSIG == " + unix.SignalName(s.Signal())
	}
	return "WIFEXITED && WEXITSTATUS == " + strconv.Itoa(s.ExitStatus())
}

// timeval prints d as strace prints a struct timeval.
func timeval(d time.Duration) string {
	return fmt.Sprintf("{tv_sec=%d, tv_usec=%d}", d/time.Second, d%time.Second/time.Microsecond)
}

// Quote prints a payload as a C string, cut and escaped as strace does it.
func Quote(data []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	shown := data[:min(len(data), shownBytes)]
	for i, c := range shown {
		digitFollows := i+1 < len(shown) && shown[i+1] >= '0' && shown[i+1] <= '9'
		quoteByte(&b, c, digitFollows)
	}
	b.WriteByte('"')
	if len(data) > shownBytes {
		b.WriteString("...")
	}
	return b.String()
}

// quoteByte escapes one byte: the C escapes, else octal, which takes all three digits only before another digit.
func quoteByte(b *strings.Builder, c byte, digitFollows bool) {
	const special, letters = "\t\n\v\f\r\"\\", "tnvfr\"\\"
	switch i := strings.IndexByte(special, c); {
	case i >= 0:
		b.WriteByte('\\')
		b.WriteByte(letters[i])
	case c >= ' ' && c <= '~':
		b.WriteByte(c)
	case digitFollows:
		fmt.Fprintf(b, `\%03o`, c)
	default:
		fmt.Fprintf(b, `\%o`, c)
	}
}

// SocketFlags prints the flags that socket(2) and accept4(2) take beside the kind of a socket.
func SocketFlags(v int) string { return formatFlags(socketFlags, v) }

// PollFlags prints the events of poll(2), which are also those of epoll(7).
func PollFlags(v int) string { return formatFlags(pollFlags, v) }
