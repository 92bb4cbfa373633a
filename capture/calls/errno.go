package calls

import (
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrnoName returns the name of an error number, "ECONNREFUSED", or "errno 4095" when it has none.
func ErrnoName(e syscall.Errno) string {
	if e == 0 {
		return ""
	}
	if e == unix.EOPNOTSUPP {
		return "EOPNOTSUPP" // ENOTSUP is the same number on Linux; this is what manuals call it for sockets
	}
	if name := unix.ErrnoName(e); name != "" {
		return name
	}
	return "errno " + strconv.Itoa(int(e))
}
