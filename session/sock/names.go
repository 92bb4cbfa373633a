package sock

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The kernel's names of the constants that scenarios use.
var (
	families = map[int]string{unix.AF_INET: "AF_INET", unix.AF_INET6: "AF_INET6", unix.AF_UNIX: "AF_UNIX"}
	kinds    = map[int]string{unix.SOCK_STREAM: "SOCK_STREAM", unix.SOCK_DGRAM: "SOCK_DGRAM", unix.SOCK_RAW: "SOCK_RAW"}
	// 0 stays a number: which protocol that is, the kind of the socket decides.
	protocols = map[int]string{unix.IPPROTO_TCP: "IPPROTO_TCP", unix.IPPROTO_UDP: "IPPROTO_UDP", unix.IPPROTO_MPTCP: "IPPROTO_MPTCP"}
)

var socketFlags = []flag{{unix.SOCK_NONBLOCK, "SOCK_NONBLOCK"}, {unix.SOCK_CLOEXEC, "SOCK_CLOEXEC"}}

// flag is one bit and its name.
type flag struct {
	bit  int
	name string
}

var messageFlags = []flag{
	{unix.MSG_OOB, "MSG_OOB"}, {unix.MSG_PEEK, "MSG_PEEK"}, {unix.MSG_DONTWAIT, "MSG_DONTWAIT"},
	{unix.MSG_WAITALL, "MSG_WAITALL"}, {unix.MSG_NOSIGNAL, "MSG_NOSIGNAL"}, {unix.MSG_MORE, "MSG_MORE"}, {unix.MSG_FASTOPEN, "MSG_FASTOPEN"},
}

var pollFlags = []flag{
	{unix.POLLIN, "POLLIN"}, {unix.POLLPRI, "POLLPRI"}, {unix.POLLOUT, "POLLOUT"}, {unix.POLLERR, "POLLERR"},
	{unix.POLLHUP, "POLLHUP"}, {unix.POLLNVAL, "POLLNVAL"}, {unix.POLLRDHUP, "POLLRDHUP"},
}

// formatFlags joins the names of the bits in v with |, as a C program writes them; bits without a name stay a number.
func formatFlags(flags []flag, v int) string {
	var words []string
	for _, f := range flags {
		if v&f.bit != 0 {
			words = append(words, f.name)
			v &^= f.bit
		}
	}
	if v != 0 || len(words) == 0 {
		words = append(words, strconv.Itoa(v))
	}
	return strings.Join(words, "|")
}
