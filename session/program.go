package session

import (
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/session/sock"
	"tcplab/session/tracee"
)

// Program is a command of the user's that an actor runs instead of steps of its own.
type Program struct {
	Command string   `json:"command"` // as sh -c takes it
	Env     []string `json:"env"`
	Stdin   []byte   `json:"stdin,omitempty"` // what it can read, then end of file
	// Serves makes the event that AwaitReady waits for, when the kernel's table shows where the program listens.
	Serves bool `json:"serves,omitempty"`
	// Until are the actors for whose sake it runs: when they have ended, it is ended too. None: it runs to its own end.
	Until []string `json:"until,omitempty"`
}

// Exec runs a program to its end. It must be the last step of its script.
func Exec(p Program) Step { return Step{Op: "exec", Program: &p} }

// AwaitReady waits until the program of an actor listens, or has ended without.
func AwaitReady(actor string) Step { return Step{Op: "await-ready", Event: actor} }

// ready is the event that a program listens.
func ready(actor string) string { return actor + ":ready" }

// awaitReady reads orders until the actor is ready or gone: a client may want to see what it gets then.
func (m *machine) awaitReady(actor string) error {
	for !m.actor.has(ready(actor)) && !m.actor.gone[actor] {
		if _, err := m.actor.next(); err != nil {
			return err
		}
	}
	return nil
}

// How long a server is given, once its clients have ended, and how often it is looked at meanwhile.
const (
	grace    = time.Second            // to finish what it does for connections that are open
	quiet    = 100 * time.Millisecond // of sleep without a connection, and it is ended at once
	termWait = 500 * time.Millisecond // between SIGTERM and SIGKILL
	lookEach = 10 * time.Millisecond
)

// execution is a program while it runs, seen from its actor.
type execution struct {
	*Program
	actor *actor
	done  chan struct{} // nothing of the program is left

	mu     sync.Mutex // guards exit, which several goroutines complete
	exit   capture.ActorExit
	seen   map[int]bool // processes whose calls are recorded
	ending sync.Once
}

// exec runs the program. The actor's thread becomes its tracer; everything else happens on other goroutines.
func (m *machine) exec(p *Program) error {
	e := &execution{Program: p, actor: m.actor, done: make(chan struct{}),
		seen: map[int]bool{}, exit: capture.ActorExit{Name: m.actor.name, Command: p.Command, Status: -1}}
	// The end of the parent is seen by its pipe, so that there is time to end what the program started.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return err
	}
	signal.Ignore(unix.SIGPIPE)
	files, err := e.open()
	if err != nil {
		return err
	}
	go e.obey()
	if p.Serves {
		go e.announce()
	}
	result, err := tracee.Run(tracee.Program{Actor: m.actor.name, Argv: []string{"/bin/sh", "-c", p.Command}, Env: p.Env, Files: files.child,
		Log: e, Started: e.started, Exited: e.exited, Warn: func(text string) { m.actor.report(report{Warning: text}) }})
	close(e.done)
	files.drain()
	if err != nil {
		return err
	}
	for i := range result.Views {
		m.actor.view(&result.Views[i])
	}
	e.conclude(result)
	return nil
}

// Begin and End pass calls on. The first to make one is the process that the report calls by the actor's name.
func (e *execution) Begin(c calls.Call) {
	e.mu.Lock()
	e.seen[c.PID] = true
	if c.Actor == e.actor.name {
		e.exit.PID = c.PID
	}
	e.mu.Unlock()
	e.actor.Begin(c)
}

// End passes on a call that returned.
func (e *execution) End(c calls.Call) { e.actor.End(c) }

func (e *execution) started(pid int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.exit.PID = pid
	exit := e.exit
	e.actor.report(report{Program: &exit})
}

// exited ends what the program has left behind, unless others are to be served.
func (e *execution) exited() {
	if len(e.Until) == 0 {
		go e.end()
	}
}

// conclude reports how the program ended. That is how the command ended; but what a signal did to the program itself tells
// more than the 128 and its number that a shell makes of it.
func (e *execution) conclude(r *tracee.Result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	status := r.Status
	if own := r.Own; own != nil && own.Signaled() && (e.exit.EndedBy != "" || status.ExitStatus() == 128+int(own.Signal())) {
		status = *own
	}
	if status.Signaled() {
		e.exit.Signal = unix.SignalName(status.Signal())
	} else {
		e.exit.Status = status.ExitStatus()
	}
	exit := e.exit
	e.actor.report(report{Program: &exit})
}

// obey reads the orders that come while the program runs. Their end is the end of everything.
func (e *execution) obey() {
	isHere := func(name string) bool { return !e.actor.gone[name] }
	for {
		if len(e.Until) > 0 && !slices.ContainsFunc(e.Until, isHere) {
			go e.end()
		}
		if _, err := e.actor.next(); err != nil {
			e.kill()
			return
		}
	}
}

// announce looks until the program listens somewhere and tells where.
func (e *execution) announce() {
	tick := time.NewTicker(lookEach)
	defer tick.Stop()
	for {
		select {
		case <-e.done:
			return
		case <-tick.C:
		}
		if at := processTree().ready(); len(at) > 0 {
			e.actor.report(report{Ready: at})
			return
		}
	}
}

// end ends the program once it has nothing left to do, or the grace is over.
func (e *execution) end() {
	e.ending.Do(func() {
		since := time.Now()
		for busy := since; time.Since(since) < grace && time.Since(busy) < quiet; {
			if e.over(lookEach) {
				return
			}
			if !processTree().idle() {
				busy = time.Now()
			}
		}
		e.signalAll(unix.SIGTERM)
		if !e.over(termWait) {
			e.kill()
		}
	})
}

// over waits for at most d until nothing of the program is left.
func (e *execution) over(d time.Duration) bool {
	select {
	case <-e.done:
		return true
	case <-time.After(d):
		return false
	}
}

// kill kills all that is left of the program, and what that starts meanwhile.
func (e *execution) kill() {
	for e.signalAll(unix.SIGKILL); !e.over(lookEach); {
		e.signalAll(unix.SIGKILL)
	}
}

// signalAll sends a signal to each process of the program, parents first: a shell would complain of the death of its child.
// That is no doing of the program's, so among the calls it is tcplab's.
func (e *execution) signalAll(sig syscall.Signal) {
	for i, pid := range descendants() {
		c := calls.Call{Actor: "tcplab", PID: os.Getpid(), Number: uint32(i + 1), Op: "kill", FD: -1,
			Args: sock.KillArgs(pid, sig), Begin: capture.StampOf(time.Now())}
		isSeen, err := e.signal(pid, sig)
		if err != nil {
			continue // it ended by itself
		}
		c.End = capture.StampOf(time.Now())
		if isSeen {
			e.actor.Begin(c)
			e.actor.End(c)
		}
	}
}

// signal sends a signal to a process and reports whether the calls of that one are recorded. Its end is not concluded before it
// is noted who ended it.
func (e *execution) signal(pid int, sig syscall.Signal) (isSeen bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := unix.Kill(pid, sig); err != nil {
		return false, err
	}
	if pid == e.exit.PID {
		e.exit.EndedBy = unix.SignalName(sig)
	}
	return e.seen[pid], nil
}
