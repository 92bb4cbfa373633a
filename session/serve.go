package session

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// readiness is a way to wait for several descriptors at once.
type readiness interface {
	add(fd int) error
	remove(fd int) // that is to be closed
	wait() (ready []int, err error)
}

// newReadiness makes the one that is called as its system call is.
func (m *machine) newReadiness(name string) (readiness, error) {
	switch name {
	case "poll":
		return &byList{ask: m.pollAll}, nil
	case "select":
		return &byList{ask: m.caller.Select}, nil
	case "epoll":
		fd, err := m.caller.EpollCreate()
		return &byEpoll{m, fd}, err
	}
	return nil, fmt.Errorf("no way to wait called %q", name)
}

// byList hands the kernel the whole list each time, as select and poll want it.
type byList struct {
	fds []int
	ask func([]int) ([]int, error)
}

func (l *byList) add(fd int) error { l.fds = append(l.fds, fd); return nil }

func (l *byList) remove(fd int) {
	l.fds = slices.DeleteFunc(l.fds, func(other int) bool { return other == fd })
}

func (l *byList) wait() ([]int, error) { return l.ask(l.fds) }

// byEpoll leaves the list with the kernel.
type byEpoll struct {
	m  *machine
	fd int
}

func (e *byEpoll) add(fd int) error     { return e.m.caller.EpollAdd(e.fd, fd) }
func (e *byEpoll) remove(int)           {}
func (e *byEpoll) wait() ([]int, error) { return e.m.caller.EpollWait(e.fd) }

// pollAll waits with poll until one of the descriptors can be read.
func (m *machine) pollAll(fds []int) (ready []int, err error) {
	set := make([]unix.PollFd, len(fds))
	for i, fd := range fds {
		set[i] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	}
	_, err = m.caller.Poll(set, -1)
	for _, p := range set {
		if err == nil && p.Revents != 0 {
			ready = append(ready, int(p.Fd))
		}
	}
	return ready, err
}

// serveLines is a server of one thread: it serves the listener's first clients as their requests come, one line each,
// and answers with text. Clients that have ended are closed.
func (m *machine) serveLines(s Step) error {
	listener := m.fd(s.Sock)
	inputs := map[int]string{}
	how, err := m.newReadiness(s.Option)
	if err == nil {
		err = how.add(listener)
	}
	for left := s.Value; left > 0 && err == nil; {
		var ready []int
		if ready, err = how.wait(); err == unix.EINTR {
			err = nil
		}
		for _, fd := range ready {
			if err != nil {
				break
			}
			if fd == listener {
				err = m.admit(listener, how)
				continue
			}
			var open bool
			if open, err = m.serveLine(fd, s, inputs); !open {
				how.remove(fd)
				left--
			}
		}
	}
	return err
}

// admit accepts a client.
func (m *machine) admit(listener int, how readiness) error {
	conn, err := m.caller.Accept(listener)
	if err != nil {
		return err
	}
	return how.add(conn)
}

// serveLine reads once from a ready client and answers a whole line. It closes the connection at its end of file.
func (m *machine) serveLine(fd int, s Step, inputs map[int]string) (open bool, err error) {
	buf := make([]byte, s.Size)
	n, err := m.caller.Recv(fd, buf, 0)
	if err != nil {
		return false, err
	}
	if n == 0 {
		return false, m.caller.Close(fd)
	}
	inputs[fd] += string(buf[:n])
	if buf[n-1] == '\n' {
		inputs[fd] = ""
		_, err = m.caller.Send(fd, s.Data, 0)
	}
	return true, err
}
