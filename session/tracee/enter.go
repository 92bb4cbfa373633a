package tracee

import (
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcplab/capture/calls"
)

// callInfo is struct ptrace_syscall_info of ptrace(2): what a stopped thread is about to ask, or was answered.
type callInfo struct {
	Op   uint8
	_    [3]uint8
	Arch uint32
	_    [2]uint64 // where in the program
	A    uint64    // number at the entry, result at the exit
	B    [7]uint64 // arguments at the entry; at the exit the first byte says whether the result is an error
}

// getSyscallInfo is PTRACE_GET_SYSCALL_INFO, of Linux 5.3.
const getSyscallInfo = 0x420e

func (t *tracer) info(k *task) (info callInfo, err error) {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(k.tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return info, errno
	}
	return info, nil
}

// mostCalls bounds a record that nobody could read any more: a program that polls without waiting makes a million.
const mostCalls = 50_000

// enter handles the stop before a call of the table.
func (t *tracer) enter(k *task) {
	if t.isBlind {
		return
	}
	info, err := t.info(k)
	if err != nil {
		if !errors.Is(err, unix.ESRCH) {
			t.isBlind = true
			t.warn("%s", packetsAlone+"this kernel does not tell a tracer which calls are made (PTRACE_GET_SYSCALL_INFO, of Linux 5.3)")
		}
		return
	}
	if t.again(k, &info) {
		return
	}
	how := table[info.A]
	if how == nil || t.count >= mostCalls {
		t.full()
		return
	}
	c := &context{t: t, task: k, how: how, arg: [6]uint64(info.B[:6])}
	c.call = calls.Call{Op: how.op, FD: -1, PID: k.tgid}
	if !how.free {
		c.call.FD = c.int(0)
		if c.sock = t.socketOf(k.tgid, c.call.FD); c.sock == nil {
			return
		}
	}
	args, recorded := how.begin(c)
	if !recorded {
		return
	}
	c.call.Args = args
	t.begin(c)
}

// full says that the record ends here.
func (t *tracer) full() {
	if t.count >= mostCalls {
		t.warn("the %s makes more than %d calls on sockets: those after them are not shown", t.Actor, mostCalls)
	}
}

// begin records that the call is being made.
func (t *tracer) begin(c *context) {
	k := c.task
	t.count++
	c.call.Number, c.call.Actor = t.count, t.named(k)
	if c.sock != nil {
		c.call.Local, c.call.Remote, c.call.Proto = c.sock.local, c.sock.remote, c.sock.proto()
	}
	switch c.call.Op {
	case "connect":
		if c.said.IsValid() {
			c.call.Remote = c.said.String()
		}
	case "close":
		t.look(c.sock, c.call.Actor, k.tgid, c.call.FD, "close")
	case "exit_group":
		for fd, s := range t.openSockets(k.tgid) {
			t.look(s, c.call.Actor, k.tgid, fd, "exit")
		}
	}
	if !c.how.never {
		k.open = c
	}
	c.call.Begin = now()
	t.tell(c, t.Log.Begin)
}

// again recognises a call that a signal had interrupted and the kernel makes once more: it is still the same.
func (t *tracer) again(k *task, info *callInfo) bool {
	c := k.open
	if c == nil || k.cut == 0 {
		return false
	}
	isSame := info.A == unix.SYS_RESTART_SYSCALL || table[info.A] == c.how && [6]uint64(info.B[:6]) == c.arg
	if isSame {
		k.cut = 0
		return true
	}
	c.call.N, c.call.Errno, c.call.End = -1, unix.EINTR, k.cut
	k.open, k.cut = nil, 0
	t.tell(c, t.Log.End)
	return false
}

// The kernel's own errnos for a call that it may make again after a signal (errno.h of the kernel).
const (
	firstRestart = 512
	lastRestart  = 516
)

// leave handles the stop after a call.
func (t *tracer) leave(k *task) {
	c := k.open
	info, err := t.info(k)
	if c == nil || err != nil || info.Op != 2 {
		return
	}
	end, result := now(), int64(info.A)
	if -lastRestart <= result && result <= -firstRestart {
		k.cut = end
		return
	}
	k.open = nil
	c.call.End, c.call.N = end, int(result)
	if result < 0 && result >= -4095 {
		c.call.N, c.call.Errno = -1, syscall.Errno(-result)
	}
	t.answered(c)
	t.tell(c, t.Log.End)
}

// answered takes from a call that has returned what it filled in, and what it did to its socket.
func (t *tracer) answered(c *context) {
	k := c.task
	c.call.Data = c.call.Data[:max(0, min(len(c.call.Data), c.call.N))]
	if c.call.Errno == 0 && c.how.end != nil {
		c.call.Args = c.how.end(c)
	}
	asked := ""
	if c.said.IsValid() && c.call.Op != "bind" {
		asked = c.said.String()
	}
	switch {
	case c.call.Op == "socket" && c.call.Errno == 0:
		if c.sock = t.socketOf(k.tgid, c.call.N); c.sock != nil {
			c.call.Proto = c.sock.proto()
		}
	case c.how.op == "accept" || c.how.op == "accept4":
		if s := t.socketOf(k.tgid, c.call.N); c.call.Errno == 0 && s != nil {
			if s.remote == "" {
				s.remote = asked // a peer that has reset since then is unknown to getpeername
			}
			c.call.Local, c.call.Remote = s.local, s.remote
		}
		return
	case c.how.settles && (c.sock.local == "" || !calls.Sends(c.call.Op)):
		t.settle(c.sock, k.tgid, c.call.FD, asked)
	}
	if c.sock != nil && c.call.Op != "close" {
		c.call.Local, c.call.Remote = c.sock.local, c.sock.remote
	}
}

// tell passes a call on. Those of a datagram socket wait until it carries something.
func (t *tracer) tell(c *context, to func(calls.Call)) {
	s := c.sock
	if s == nil && c.isDatagram {
		return // of a socket that does not exist yet
	}
	if s == nil || !s.isDatagram {
		to(c.call)
		return
	}
	if !s.hasSpoken {
		s.hold(c.call)
		if !speaks(&c.call) {
			return
		}
		s.hasSpoken = true
		for _, call := range s.held {
			t.Log.Begin(call)
			if call.End != 0 {
				t.Log.End(call)
			}
		}
		s.held = nil
		return
	}
	to(c.call)
}

// hold keeps a call, in place of what was kept of it when it began.
func (s *socket) hold(c calls.Call) {
	for i := range s.held {
		if s.held[i].Number == c.Number {
			s.held[i] = c
			return
		}
	}
	s.held = append(s.held, c)
}

// namePort is that of name servers: looking names up is not what a program is run here for.
const namePort = ":53"

// speaks reports whether a call on a datagram socket shows that it carries something of the program's own.
func speaks(c *calls.Call) bool {
	switch {
	case len(c.Remote) > len(namePort) && c.Remote[len(c.Remote)-len(namePort):] == namePort:
		return false
	case c.Op == "bind" || c.Op == "listen":
		return c.End != 0
	}
	return c.Data != nil || calls.Receives(c.Op)
}
