package session

import (
	"errors"
	"maps"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"

	"tcplab/session/sock"
)

// thread runs the nested steps on an operating system thread of its own, with a copy of the variables, and goes on.
func (m *machine) thread(s Step) error {
	name := m.actor.name + "/" + strconv.Itoa(len(m.threads)+1)
	t := &machine{actor: m.actor, caller: m.caller.Thread(name), socks: maps.Clone(m.socks)}
	done := make(chan error, 1)
	m.threads = append(m.threads, done)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its steps
		if err := sock.BlockSIGPIPE(); err != nil {
			done <- err
			return
		}
		done <- t.run(s.Steps)
	}()
	return nil
}

// join waits for all threads.
func (m *machine) join() error {
	var failed []error
	for _, done := range m.threads {
		failed = append(failed, <-done)
	}
	m.threads = nil
	return errors.Join(failed...)
}

// serveLines is a server of one thread around poll: it serves the listener's first count clients as their requests come,
// one line each, and answers with text. Clients that have ended are closed.
func (m *machine) serveLines(s Step) error {
	listener := m.fd(s.Sock)
	inputs := map[int]string{}
	set := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
	for left := s.Value; left > 0; {
		if _, err := m.caller.Poll(set, -1); err != nil && err != unix.EINTR {
			return err
		}
		keep := set[:1:1]
		for _, p := range set {
			switch {
			case int(p.Fd) == listener && p.Revents != 0:
				conn, err := m.caller.Accept(listener)
				if err != nil {
					return err
				}
				keep = append(keep, unix.PollFd{Fd: int32(conn), Events: unix.POLLIN})
			case int(p.Fd) != listener && p.Revents == 0:
				keep = append(keep, p)
			case int(p.Fd) != listener:
				open, err := m.serveLine(int(p.Fd), s, inputs)
				if err != nil {
					return err
				}
				if open {
					keep = append(keep, unix.PollFd{Fd: p.Fd, Events: unix.POLLIN})
					continue
				}
				left--
			}
		}
		set = keep
	}
	return nil
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
