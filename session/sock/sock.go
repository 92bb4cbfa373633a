// Package sock makes the system calls of a socket program, one Go call for one system call, and records each of them:
// arguments as strace prints them, result, errno, begin and end. It blocks where the kernel blocks. Package net would
// turn connect into EINPROGRESS, epoll and SO_ERROR, and the record would show what the runtime asked instead of what
// the program did.
//
// A Caller belongs to one locked operating system thread.
package sock

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/calls"
)

// Log is told of each call twice: when it begins, so that the call a process dies in is known, and when it has returned.
type Log interface {
	Begin(calls.Call)
	End(calls.Call)
}

// Caller makes system calls for one actor.
type Caller struct {
	actor string
	log   Log
	pid   int
	count *atomic.Uint32 // shared by the threads of the actor
	names *sync.Map      // descriptor → ends, also shared
	hold  time.Time      // the next call waits until then, awake
}

// NewCaller returns a Caller that records under the name actor.
func NewCaller(actor string, log Log) *Caller {
	return &Caller{actor: actor, log: log, pid: os.Getpid(), count: new(atomic.Uint32), names: new(sync.Map)}
}

// Thread returns a Caller for a further thread of the same actor, which records under its own name.
func (k *Caller) Thread(name string) *Caller {
	t := *k
	t.actor = name
	return &t
}

// Hold makes the next call begin at t and not before: two actors that must act in the same microsecond can neither be
// woken for it nor spend the time of a log entry after it.
func (k *Caller) Hold(t time.Time) { k.hold = t }

// Fork records the start of a child process: start returns its pid.
func (k *Caller) Fork(start func() (int, error)) (int, error) {
	return k.record("fork", -1, "", func() result {
		pid, err := start()
		return result{n: pid, err: err}
	})
}

// Wait is wait4(2) for any child; it returns the child's pid and status.
func (k *Caller) Wait() (pid int, status unix.WaitStatus, err error) {
	pid, err = k.record("wait4", -1, "-1, status, 0, NULL", func() result {
		pid, err := unix.Wait4(-1, &status, 0, nil)
		return result{n: pid, err: err, args: "-1, [" + waitStatus(status) + "], 0, NULL"}
	})
	return pid, status, err
}

// result is what a system call answered.
type result struct {
	n    int
	args string // replaces the arguments of the record, where the call filled some in
	peer string // whom accept named; a peer that has reset since then is unknown to getpeername
	data []byte
	err  error
}

// record runs one system call between its two log entries.
func (k *Caller) record(op string, fd int, args string, call func() result) (int, error) {
	return k.recordTo(op, fd, args, "", call)
}

// recordTo is record for calls that name their peer. Local and Remote of the record are those of fd, or of the new
// descriptor for calls that return one, as they are after the call; the peer that was asked for stands in for a peer
// that did not answer.
func (k *Caller) recordTo(op string, fd int, args, remote string, call func() result) (int, error) {
	c := calls.Call{Number: k.count.Add(1), Actor: k.actor, PID: k.pid, Op: op, FD: fd, Args: args}
	known := k.known(fd)
	c.Proto, c.Local, c.Remote = known.proto, known.local, cmp.Or(known.remote, remote)
	c.Begin = now()
	k.log.Begin(c)
	for time.Now().Before(k.hold) {
	}
	c.Begin = now()
	r := call()
	c.End = now()
	c.N, c.Data = r.n, r.data
	if r.args != "" {
		c.Args = r.args
	}
	if r.err != nil {
		c.N = -1
		c.Errno, _ = r.err.(syscall.Errno)
	}
	if after := k.after(op, fd, &c, cmp.Or(remote, r.peer)); after != (ends{}) {
		c.Local, c.Remote = after.local, after.remote
	}
	k.log.End(c)
	return c.N, r.err
}

// known is what the last call that names fd learned of its ends.
func (k *Caller) known(fd int) ends {
	if e, ok := k.names.Load(fd); ok {
		return e.(ends)
	}
	return ends{}
}

// after learns what a call did to the ends of its socket, and returns them where they may have changed. The kernel
// forgets the peer when the connection has ended or was refused; the record keeps it, because later calls still belong
// to that connection.
func (k *Caller) after(op string, fd int, c *calls.Call, remote string) (e ends) {
	switch op {
	case "socket", "close":
		k.names.Delete(max(fd, c.N))
		return ends{}
	case "accept":
		fd = c.N
	case "bind", "listen", "connect", "sendto":
	default:
		return ends{}
	}
	e = endsOf(fd)
	e.proto, e.remote = k.known(fd).proto, cmp.Or(e.remote, remote, k.known(fd).remote)
	if fd >= 0 {
		k.names.Store(fd, e)
	}
	return e
}

// now reads CLOCK_REALTIME, the clock of libpcap's stamps.
func now() capture.Stamp { return capture.StampOf(time.Now()) }

// Socket is socket(2).
func (k *Caller) Socket(family, kind, protocol int) (int, error) {
	fd, err := k.record("socket", -1, SocketArgs(family, kind, protocol), func() result {
		fd, err := unix.Socket(family, kind, protocol)
		return result{n: fd, err: err}
	})
	if kind == unix.SOCK_RAW && err == nil {
		k.names.Store(fd, ends{proto: "raw"})
	}
	return fd, err
}

// Bind is bind(2).
func (k *Caller) Bind(fd int, addr netip.AddrPort) error {
	_, err := k.record("bind", fd, addrArgs(fd, addr), func() result {
		return result{err: unix.Bind(fd, sockaddr(addr))}
	})
	return err
}

// Listen is listen(2).
func (k *Caller) Listen(fd, backlog int) error {
	_, err := k.record("listen", fd, intArgs(fd, backlog), func() result {
		return result{err: unix.Listen(fd, backlog)}
	})
	return err
}

// Accept is accept(2): it returns the descriptor of the connection.
func (k *Caller) Accept(fd int) (int, error) {
	return k.record("accept", fd, openArgs(fd, "addr", "addrlen"), func() result {
		conn, from, err := unix.Accept4(fd, 0)
		if err != nil {
			return result{err: err}
		}
		return result{n: conn, args: nameArgs(fd, addrPort(from)), peer: addrPort(from).String()}
	})
}

// Connect is connect(2).
func (k *Caller) Connect(fd int, addr netip.AddrPort) error {
	_, err := k.recordTo("connect", fd, addrArgs(fd, addr), addr.String(), func() result {
		return result{err: unix.Connect(fd, sockaddr(addr))}
	})
	return err
}

// Disconnect is connect(2) with an address of family AF_UNSPEC: it dissolves the connection.
func (k *Caller) Disconnect(fd int) error {
	_, err := k.record("connect", fd, openArgs(fd, "{sa_family=AF_UNSPEC}", "16"), func() result {
		var unspec unix.RawSockaddrInet4
		_, _, errno := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&unspec)), unix.SizeofSockaddrInet4)
		if errno != 0 {
			return result{err: errno}
		}
		return result{}
	})
	return err
}

// Send is send(2). When the peer is gone and flags lack MSG_NOSIGNAL, the kernel raises SIGPIPE: Send records the EPIPE
// and then lets the signal end the process, as it ends a C program.
func (k *Caller) Send(fd int, data []byte, flags int) (int, error) {
	n, err := k.record("send", fd, sendArgs(fd, data, flags), func() result {
		return sendto(fd, data, flags)
	})
	if err == unix.EPIPE && flags&unix.MSG_NOSIGNAL == 0 {
		dieOfPendingSIGPIPE()
	}
	return n, err
}

// sendto calls the kernel directly: the wrapper of x/sys does not return the count.
func sendto(fd int, data []byte, flags int) result {
	n, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(data))),
		uintptr(len(data)), uintptr(flags), 0, 0)
	if errno != 0 {
		return result{err: errno}
	}
	return result{n: int(n), data: kept(data[:n])}
}

// SendTo is sendto(2) with an address, for datagrams.
func (k *Caller) SendTo(fd int, data []byte, flags int, addr netip.AddrPort) (int, error) {
	args := sendArgs(fd, data, flags) + ", " + FormatAddr(addr) + ", " + addrLen(addr)
	return k.recordTo("sendto", fd, args, addr.String(), func() result {
		if err := unix.Sendto(fd, data, flags, sockaddr(addr)); err != nil {
			return result{err: err}
		}
		return result{n: len(data), data: kept(data)}
	})
}

// Recv is recv(2) into buf.
func (k *Caller) Recv(fd int, buf []byte, flags int) (int, error) {
	return k.record("recv", fd, recvOpenArgs(fd, len(buf), flags), func() result {
		n, _, err := unix.Recvfrom(fd, buf, flags)
		if err != nil {
			return result{err: err}
		}
		return result{n: n, data: kept(buf[:n]), args: recvArgs(fd, buf[:n], len(buf), flags)}
	})
}

// RecvFrom is recvfrom(2): it also says who sent the datagram.
func (k *Caller) RecvFrom(fd int, buf []byte) (n int, from netip.AddrPort, err error) {
	n, err = k.record("recvfrom", fd, recvOpenArgs(fd, len(buf), 0), func() result {
		n, sa, err := unix.Recvfrom(fd, buf, 0)
		if err != nil {
			return result{err: err}
		}
		from = addrPort(sa)
		args := recvArgs(fd, buf[:n], len(buf), 0) + ", " + FormatAddr(from) + ", [" + addrLen(from) + "]"
		return result{n: n, data: kept(buf[:n]), args: args}
	})
	return n, from, err
}

// Shutdown is shutdown(2); how is unix.SHUT_RD, SHUT_WR or SHUT_RDWR.
func (k *Caller) Shutdown(fd, how int) error {
	_, err := k.record("shutdown", fd, shutdownArgs(fd, how), func() result {
		return result{err: unix.Shutdown(fd, how)}
	})
	return err
}

// Pipe is pipe(2): it returns the read end and the write end.
func (k *Caller) Pipe() (r, w int, err error) {
	var ends [2]int
	_, err = k.record("pipe", -1, "pipefd", func() result {
		err := unix.Pipe2(ends[:], 0)
		return result{err: err, args: "[" + intArgs(ends[:]...) + "]"}
	})
	return ends[0], ends[1], err
}

// Write is write(2).
func (k *Caller) Write(fd int, data []byte) (int, error) {
	return k.record("write", fd, openArgs(fd, Quote(data), strconv.Itoa(len(data))), func() result {
		n, err := unix.Write(fd, data)
		return result{n: n, err: err}
	})
}

// Read is read(2).
func (k *Caller) Read(fd int, buf []byte) (int, error) {
	return k.record("read", fd, openArgs(fd, "buf", strconv.Itoa(len(buf))), func() result {
		n, err := unix.Read(fd, buf)
		if err != nil {
			return result{err: err}
		}
		return result{n: n, args: openArgs(fd, Quote(buf[:n]), strconv.Itoa(len(buf)))}
	})
}

// Close is close(2). Local and Remote of its record are those the socket had before.
func (k *Caller) Close(fd int) error {
	_, err := k.record("close", fd, intArgs(fd), func() result { return result{err: unix.Close(fd)} })
	return err
}

// Getsockname is getsockname(2).
func (k *Caller) Getsockname(fd int) (netip.AddrPort, error) {
	return k.askName("getsockname", fd, unix.Getsockname)
}

// Getpeername is getpeername(2).
func (k *Caller) Getpeername(fd int) (netip.AddrPort, error) {
	return k.askName("getpeername", fd, unix.Getpeername)
}

func (k *Caller) askName(op string, fd int, ask func(int) (unix.Sockaddr, error)) (addr netip.AddrPort, err error) {
	_, err = k.record(op, fd, openArgs(fd, "addr", "addrlen"), func() result {
		sa, err := ask(fd)
		if err != nil {
			return result{err: err}
		}
		addr = addrPort(sa)
		return result{args: nameArgs(fd, addr)}
	})
	return addr, err
}

// Poll is poll(2): it waits until a descriptor of set is ready and fills Revents in. A negative timeout waits for ever.
func (k *Caller) Poll(set []unix.PollFd, timeout time.Duration) (int, error) {
	ms, fd := int(timeout.Milliseconds()), -1
	if timeout < 0 {
		ms = -1
	}
	if len(set) == 1 {
		fd = int(set[0].Fd)
	}
	return k.record("poll", fd, PollArgs(set, ms), func() result {
		n, err := unix.Poll(set, ms)
		return result{n: n, err: err, args: PollArgs(set, ms)}
	})
}

// Select waits until one of the descriptors can be read; those that can are returned.
func (k *Caller) Select(fds []int) (ready []int, err error) {
	var set unix.FdSet
	highest := 0
	for _, fd := range fds {
		set.Set(fd)
		highest = max(highest, fd)
	}
	args := fmt.Sprintf("%d, %v, NULL, NULL, NULL", highest+1, fds)
	_, err = k.record("select", -1, args, func() result {
		n, err := unix.Select(highest+1, &set, nil, nil, nil)
		for _, fd := range fds {
			if err == nil && set.IsSet(fd) {
				ready = append(ready, fd)
			}
		}
		return result{n: n, err: err, args: fmt.Sprintf("%d, %v, NULL, NULL, NULL", highest+1, ready)}
	})
	return ready, err
}

// EpollCreate makes an epoll descriptor.
func (k *Caller) EpollCreate() (int, error) {
	return k.record("epoll_create1", -1, "0", func() result {
		fd, err := unix.EpollCreate1(0)
		return result{n: fd, err: err}
	})
}

// EpollAdd lets the epoll descriptor report when fd can be read. Closing fd ends that.
func (k *Caller) EpollAdd(epoll, fd int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	_, err := k.record("epoll_ctl", -1, fmt.Sprintf("%d, EPOLL_CTL_ADD, %d, {events=EPOLLIN, data=%d}", epoll, fd, fd), func() result {
		return result{err: unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &event)}
	})
	return err
}

// EpollWait waits until one of the descriptors can be read.
func (k *Caller) EpollWait(epoll int) (ready []int, err error) {
	const most = 16
	_, err = k.record("epoll_wait", -1, fmt.Sprintf("%d, events, %d, -1", epoll, most), func() result {
		var events [most]unix.EpollEvent
		n, err := unix.EpollWait(epoll, events[:], -1)
		for _, e := range events[:max(n, 0)] {
			ready = append(ready, int(e.Fd))
		}
		return result{n: n, err: err, args: fmt.Sprintf("%d, %v, %d, -1", epoll, ready, most)}
	})
	return ready, err
}

// LimitFiles sets the number below which all descriptors of the process must lie, RLIMIT_NOFILE.
func (k *Caller) LimitFiles(n int) error {
	limit := unix.Rlimit{Cur: uint64(n), Max: uint64(n)}
	_, err := k.record("setrlimit", -1, fmt.Sprintf("RLIMIT_NOFILE, {rlim_cur=%d, rlim_max=%d}", n, n), func() result {
		return result{err: unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)}
	})
	return err
}

// SetNonblock is fcntl(2) with F_SETFL: calls on fd no longer wait.
func (k *Caller) SetNonblock(fd int) error {
	_, err := k.record("fcntl", fd, openArgs(fd, "F_SETFL", "O_RDWR|O_NONBLOCK"), func() result {
		return result{err: unix.SetNonblock(fd, true)}
	})
	return err
}

// Kill is kill(2).
func (k *Caller) Kill(pid int, sig syscall.Signal) error {
	_, err := k.record("kill", -1, KillArgs(pid, sig), func() result { return result{err: unix.Kill(pid, sig)} })
	return err
}
