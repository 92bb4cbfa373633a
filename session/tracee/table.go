package tracee

import "golang.org/x/sys/unix"

// decoder says how a system call is written down.
type decoder struct {
	op      string
	free    bool // the first argument is no socket
	settles bool // it can give a socket its addresses
	never   bool // it does not return
	// begin writes the arguments at the entry; false: this one is not recorded. end writes them again after a return
	// that filled some in; nil: they stay as they were.
	begin func(k *context) (args string, recorded bool)
	end   func(k *context) string
}

// named is d under another name.
func (d *decoder) named(op string) *decoder {
	c := *d
	c.op = op
	return &c
}

// table are the calls that matter to a connection, by number. All others the filter lets pass.
var table = newTable()

func newTable() map[uint64]*decoder {
	t := map[uint64]*decoder{
		unix.SYS_SOCKET:         {op: "socket", free: true, begin: socketBegin},
		unix.SYS_BIND:           {op: "bind", settles: true, begin: addressBegin},
		unix.SYS_LISTEN:         {op: "listen", settles: true, begin: listenBegin},
		unix.SYS_CONNECT:        {op: "connect", settles: true, begin: addressBegin},
		unix.SYS_ACCEPT4:        {op: "accept4", begin: acceptBegin, end: acceptEnd},
		unix.SYS_SENDTO:         {op: "sendto", settles: true, begin: sendBegin},
		unix.SYS_WRITE:          {op: "write", begin: writeBegin},
		unix.SYS_WRITEV:         {op: "writev", begin: writevBegin},
		unix.SYS_SENDMSG:        {op: "sendmsg", settles: true, begin: sendmsgBegin},
		unix.SYS_SENDFILE:       {op: "sendfile", begin: sendfileBegin},
		unix.SYS_RECVFROM:       {op: "recvfrom", begin: recvBegin, end: recvEnd},
		unix.SYS_READ:           {op: "read", begin: readBegin, end: readEnd},
		unix.SYS_READV:          {op: "readv", begin: readvBegin, end: readvEnd},
		unix.SYS_RECVMSG:        {op: "recvmsg", begin: recvmsgBegin, end: recvmsgEnd},
		unix.SYS_SHUTDOWN:       {op: "shutdown", begin: shutdownBegin},
		unix.SYS_CLOSE:          {op: "close", begin: closeBegin},
		unix.SYS_SETSOCKOPT:     {op: "setsockopt", begin: setsockoptBegin},
		unix.SYS_GETSOCKOPT:     {op: "getsockopt", begin: getsockoptBegin, end: getsockoptEnd},
		unix.SYS_GETSOCKNAME:    {op: "getsockname", begin: nameBegin, end: nameEnd},
		unix.SYS_GETPEERNAME:    {op: "getpeername", begin: nameBegin, end: nameEnd},
		unix.SYS_FCNTL:          {op: "fcntl", begin: fcntlBegin},
		unix.SYS_IOCTL:          {op: "ioctl", begin: ioctlBegin},
		unix.SYS_PPOLL:          {op: "ppoll", free: true, begin: pollBegin, end: pollEnd},
		unix.SYS_PSELECT6:       {op: "pselect6", free: true, begin: selectBegin},
		unix.SYS_EPOLL_CTL:      {op: "epoll_ctl", free: true, begin: epollCtlBegin},
		unix.SYS_EPOLL_PWAIT:    {op: "epoll_pwait", free: true, begin: epollWaitBegin, end: epollWaitEnd},
		unix.SYS_KILL:           {op: "kill", free: true, begin: killBegin},
		unix.SYS_EXIT_GROUP:     {op: "exit_group", free: true, never: true, begin: exitBegin},
		unix.SYS_IO_URING_SETUP: {op: "io_uring_setup", free: true, begin: uringBegin},
	}
	archTable(t)
	return t
}
