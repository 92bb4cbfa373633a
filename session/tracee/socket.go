package tracee

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/session/sock"
)

// socket is what is known of one socket of the kernel, whatever descriptors of whatever processes stand for it.
type socket struct {
	isIP          bool // IPv4 or IPv6, and TCP or UDP: else it is left alone
	isDatagram    bool
	local, remote string
	view          *capture.KernelView // the kernel's, when it was closed last

	// A datagram socket shows only when it carries something: resolvers connect some just to learn an address.
	hasSpoken bool
	held      []calls.Call
}

func (s *socket) proto() string {
	if s.isDatagram {
		return "udp"
	}
	return ""
}

// socketOf finds the socket behind a descriptor of a process, nil when it is none or none of IP.
func (t *tracer) socketOf(tgid, fd int) *socket {
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tgid, fd))
	if err != nil || !strings.HasPrefix(link, "socket:[") {
		return nil
	}
	s := t.sockets[link]
	if s == nil {
		s = t.ask(tgid, fd)
		t.sockets[link] = s
	}
	if !s.isIP {
		return nil
	}
	return s
}

// isSocket reports whether a descriptor of the process is a socket of interest.
func (k *context) isSocket(fd int) bool { return fd >= 0 && k.t.socketOf(k.task.tgid, fd) != nil }

// ask asks the kernel what kind of socket this is.
func (t *tracer) ask(tgid, fd int) *socket {
	s := &socket{}
	t.borrow(tgid, fd, func(fd int) {
		family, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
		kind, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
		s.isDatagram = kind == unix.SOCK_DGRAM
		s.isIP = (family == unix.AF_INET || family == unix.AF_INET6) && (s.isDatagram || kind == unix.SOCK_STREAM)
		s.local, s.remote = sock.Ends(fd)
	})
	return s
}

// settle asks for the ends of a socket after a call that can have changed them. The kernel forgets the peer when the
// connection has ended or was refused; the record keeps it, because later calls still belong to that connection.
func (t *tracer) settle(s *socket, tgid, fd int, asked string) {
	t.borrow(tgid, fd, func(fd int) {
		local, remote := sock.Ends(fd)
		s.local, s.remote = local, cmp.Or(remote, asked, s.remote)
	})
}

// look takes the kernel's view of a connection or listener that is about to be closed.
func (t *tracer) look(s *socket, actor string, tgid, fd int, when string) {
	if s.isDatagram {
		return
	}
	t.borrow(tgid, fd, func(fd int) {
		v, err := sock.View(fd, actor, s.local, s.remote, when)
		if err == nil && (v.State == "LISTEN" || s.remote != "" && (v.State != "CLOSED" || v.Fields["bytes_sent"]+v.Fields["bytes_received"] > 0)) {
			s.view = v // one that never was a connection has nothing to tell
		}
	})
}

// borrow calls f with a descriptor of this process for the same socket. The process is stopped meanwhile, and the
// descriptor is gone before it goes on: nothing of the program's changes by it.
func (t *tracer) borrow(tgid, fd int, f func(fd int)) {
	pidfd, known := t.pidfds[tgid]
	if !known {
		var err error
		if pidfd, err = unix.PidfdOpen(tgid, 0); err != nil {
			pidfd = -1
		}
		t.pidfds[tgid] = pidfd
	}
	own, err := unix.PidfdGetfd(pidfd, fd, 0)
	if err != nil {
		return // another thread has closed it meanwhile
	}
	f(own)
	_ = unix.Close(own)
}

// mayBorrow finds out whether the kernel lends descriptors at all: containers may forbid it, and before Linux 5.6 none can.
// Without, no socket would have its addresses, and a record of that kind would mislead.
func (t *tracer) mayBorrow(tgid int) bool {
	pidfd, err := unix.PidfdOpen(tgid, 0)
	if err == nil {
		var own int
		own, err = unix.PidfdGetfd(pidfd, 0, 0)
		if err == nil {
			_ = unix.Close(own)
		}
		_ = unix.Close(pidfd)
	}
	return err == nil || errors.Is(err, unix.EBADF) // it has closed its standard input
}

// openSockets lists the sockets of interest that a process has, by descriptor.
func (t *tracer) openSockets(tgid int) map[int]*socket {
	open := map[int]*socket{}
	entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", tgid)) // of a process that has gone: none
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s := t.socketOf(tgid, fd); s != nil {
			open[fd] = s
		}
	}
	return open
}
