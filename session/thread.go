package session

import (
	"errors"
	"maps"
	"runtime"
	"strconv"

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
