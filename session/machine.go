package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/session/sock"
)

// machine runs one script on the calling thread.
type machine struct {
	actor  *actor
	caller *sock.Caller
	socks  map[string]int // the program's variables
	input  []byte         // received and not yet consumed by a line
	last   string         // the last line or block received

	listeners []int // descriptors that this script has made listen, and not closed

	children []string            // that the script may fork
	forked   []capture.ActorExit // and has
	threads  []chan error
	from     netip.AddrPort // sender of the last datagram
}

// exit ends a script early with a status that is not an error of the machine.
type exit struct {
	status int
	cause  error
}

func (e exit) Error() string { return e.cause.Error() }

// main runs the script as a program and returns its exit status.
func (m *machine) main(s Script) int {
	err := m.run(s.Steps)
	for len(m.listeners) > 0 {
		m.lookAtListener(m.listeners[0], "exit")
	}
	if err == nil {
		return 0
	}
	m.actor.report(report{Failed: err.Error()})
	var e exit
	if errors.As(err, &e) {
		return e.status
	}
	return 1
}

// run executes steps in order. A failing step ends the program unless its OnError says otherwise.
func (m *machine) run(steps []Step) error {
	for _, s := range steps {
		err := m.step(s)
		if err == nil || s.OnError.Continue {
			continue
		}
		var nested exit
		if errors.As(err, &nested) {
			return err
		}
		err = describe(s, err)
		if s.OnError.Quit {
			return exit{s.OnError.Status, err}
		}
		return err
	}
	return nil
}

// failure is a step that failed, named as perror and strace together would name it.
type failure struct {
	op  string
	err error
}

func (f failure) Error() string {
	var errno syscall.Errno
	if errors.As(f.err, &errno) {
		return fmt.Sprintf("%s: %s (%v)", f.op, calls.ErrnoName(errno), f.err)
	}
	return f.op + ": " + f.err.Error()
}

func (f failure) Unwrap() error { return f.err }

// describe names the step of an error; the innermost, where steps are nested.
func describe(s Step, err error) error {
	var inner failure
	if errors.As(err, &inner) {
		return err
	}
	return failure{s.Op, err}
}

func (m *machine) fd(name string) int {
	if fd, ok := m.socks[name]; ok {
		return fd
	}
	if name == "stdin" {
		return 0
	}
	return -1 // as a C program's variable after a failed socket(): the kernel answers EBADF
}

func (m *machine) socket(s Step) error {
	family := unix.AF_INET
	if s.Addr.Addr().Is6() {
		family = unix.AF_INET6
	}
	protocol := 0
	if s.Value == unix.SOCK_RAW {
		protocol = unix.IPPROTO_TCP
	}
	fd, err := m.caller.Socket(family, s.Value, protocol)
	m.socks[s.Sock] = fd
	return err
}

func (m *machine) listen(s Step) error {
	fd := m.fd(s.Sock)
	err := m.caller.Listen(fd, s.Value)
	if err == nil && !slices.Contains(m.listeners, fd) {
		m.listeners = append(m.listeners, fd)
	}
	return err
}

// lookAtListener reports how full the queue of a listener is, and what it had no room for, before this script lets go of it.
// No call is recorded: the program asks for nothing.
func (m *machine) lookAtListener(fd int, when string) {
	i := slices.Index(m.listeners, fd)
	if i < 0 {
		return
	}
	m.listeners = slices.Delete(m.listeners, i, i+1)
	local, _ := sock.Ends(fd)
	if view, err := sock.View(fd, m.actor.name, local, "", when); err == nil {
		m.actor.view(view)
	}
}

func (m *machine) accept(s Step) error {
	fd, err := m.caller.Accept(m.fd(s.Sock))
	for err == unix.EINTR {
		fd, err = m.caller.Accept(m.fd(s.Sock))
	}
	m.socks[s.Conn] = fd
	m.input = nil
	return err
}

// sendSize sends until all is taken. On a socket that does not wait, a full send buffer makes the event "<actor>:blocked".
func (m *machine) sendSize(s Step) error {
	data := pattern(s.Size)
	for len(data) > 0 {
		n, err := m.caller.Send(m.fd(s.Sock), data[:min(len(data), 64<<10)], s.Value)
		switch {
		case err == unix.EAGAIN:
			m.actor.report(report{Event: m.actor.name + ":blocked"})
			if err := m.poll(Step{Sock: s.Sock, Value: unix.POLLOUT, Wait: -1}); err != nil {
				return err
			}
		case err != nil && err != unix.EINTR:
			return err
		}
		data = data[max(n, 0):]
	}
	return nil
}

// pattern is n bytes of printable text that shows where it is cut.
func pattern(n int) []byte {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n"
	return bytes.Repeat([]byte(digits), n/len(digits)+1)[:n]
}

// recv calls recv once; EINTR, which SIGCONT after SIGSTOP can give, is recorded and the call made again.
func (m *machine) recv(s Step) (int, error) {
	buf := make([]byte, s.Size)
	n, err := m.caller.Recv(m.fd(s.Sock), buf, s.Value)
	for err == unix.EINTR {
		n, err = m.caller.Recv(m.fd(s.Sock), buf, s.Value)
	}
	if err != nil {
		return 0, err
	}
	m.input = append(m.input, buf[:n]...)
	return n, nil
}

func (m *machine) recvOnce(s Step) error {
	_, err := m.recv(s)
	m.last, m.input = string(m.input), nil
	return err
}

// recvLine consumes one line of the stream.
func (m *machine) recvLine(s Step) error {
	return m.recvUntil(s, func(input []byte) (message, rest []byte, whole bool) { return bytes.Cut(input, []byte("\n")) })
}

// recvFrame consumes one message with its length in front, four bytes in network order.
func (m *machine) recvFrame(s Step) error {
	return m.recvUntil(s, func(input []byte) (message, rest []byte, whole bool) {
		const prefix = 4
		if len(input) < prefix {
			return nil, input, false
		}
		end := prefix + uint64(binary.BigEndian.Uint32(input))
		if uint64(len(input)) < end {
			return nil, input, false
		}
		return input[prefix:end], input[end:], true
	})
}

// recvUntil receives until cut finds a whole message. A connection that ends before is an error.
func (m *machine) recvUntil(s Step, cut func(input []byte) (message, rest []byte, whole bool)) error {
	for {
		if message, rest, whole := cut(m.input); whole {
			m.last, m.input = string(message), rest
			return nil
		}
		n, err := m.recv(s)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("the peer closed after %d bytes of a message: %w", len(m.input), io.ErrUnexpectedEOF)
		}
	}
}

func (m *machine) recvEOF(s Step) error {
	for {
		n, err := m.recv(s)
		if err != nil || n == 0 {
			m.last, m.input = string(m.input), nil
			return err
		}
	}
}

func (m *machine) poll(s Step) error {
	set := []unix.PollFd{{Fd: int32(m.fd(s.Sock)), Events: int16(s.Value)}}
	n, err := m.caller.Poll(set, s.Wait)
	for err == unix.EINTR {
		n, err = m.caller.Poll(set, s.Wait)
	}
	if err == nil && n == 0 {
		return unix.ETIMEDOUT
	}
	return err
}

func (m *machine) info(s Step) error {
	view, err := m.caller.Info(m.fd(s.Sock), s.Event)
	if err == nil {
		m.actor.view(view)
	}
	return err
}

func (m *machine) facts(s Step) error {
	m.actor.report(report{Facts: s.Event})
	return m.actor.await("facts:" + s.Event)
}

// sendTo sends a datagram: to Addr, or back to where the last one came from.
func (m *machine) sendTo(s Step) error {
	to := s.Addr
	if !to.IsValid() {
		to = m.from
	}
	_, err := m.caller.SendTo(m.fd(s.Sock), s.Data, s.Value, to)
	return err
}

func (m *machine) recvFrom(s Step) error {
	buf := make([]byte, s.Size)
	n, from, err := m.caller.RecvFrom(m.fd(s.Sock), buf)
	if err == nil {
		m.last, m.from = string(buf[:n]), from
	}
	return err
}

func (m *machine) pipe(s Step) error {
	r, w, err := m.caller.Pipe()
	m.socks[s.Sock], m.socks[s.Conn] = r, w
	return err
}

func (m *machine) read(s Step) error {
	buf := make([]byte, s.Size)
	n, err := m.caller.Read(m.fd(s.Sock), buf)
	m.last = string(buf[:max(n, 0)])
	return err
}

// meet lets the next call begin a fixed time after an event, on a processor of its own.
func (m *machine) meet(s Step) error {
	if err := m.actor.await(s.Event); err != nil {
		return err
	}
	var cpus unix.CPUSet
	cpus.Set(s.Value)
	_ = unix.SchedSetaffinity(0, &cpus) // where there is only one processor the calls follow each other
	m.caller.Hold(m.actor.happened[s.Event].Time().Add(s.Wait))
	return nil
}

func (m *machine) kill(s Step) error {
	pid, ok := m.actor.pids[s.Event]
	if !ok {
		return fmt.Errorf("no actor %q", s.Event)
	}
	return m.caller.Kill(pid, syscall.Signal(s.Value))
}
