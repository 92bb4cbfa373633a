package session

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/session/sock"
	"tcplab/session/tracee"
)

// actorEnv marks a process that was started as an actor; its value is the actor's name.
const actorEnv = "TCPLAB_ACTOR"

// The descriptors at which an actor finds its pipes. They are high so that its first socket is descriptor 3, as a C
// program's is. From firstChildFD on come the pipes of the actors that it will fork, in pairs.
const (
	reportFD, orderFD = 100, 101
	firstChildFD      = 102
)

// ActorRequested says whether this process was started as an actor. main asks it first.
func ActorRequested() bool { return os.Getenv(actorEnv) != "" || tracee.LaunchRequested() }

// ActorMain runs the actor and returns the exit status for the process. It must be called on the main goroutine.
func ActorMain() int {
	if tracee.LaunchRequested() { // it is to become a program of the user's
		return tracee.LaunchMain()
	}
	runtime.LockOSThread()
	a, err := newActor(os.Getenv(actorEnv))
	if err != nil {
		return 125
	}
	script, err := a.awaitScript()
	if err != nil {
		return 125
	}
	m := &machine{actor: a, caller: sock.NewCaller(script.Actor, a), socks: inheritedSocks(), children: script.Children}
	return m.main(script)
}

// actor is the process's side of the two pipes.
type actor struct {
	name     string
	orders   *bufio.Reader
	happened map[string]capture.Stamp // when the parent relayed the event
	gone     map[string]bool
	pids     map[string]int

	mu      sync.Mutex // guards reports: threads of one actor share the pipe
	reports io.Writer
}

// fd is a pipe end used with plain blocking calls: os.File would bring in the poller and its descriptors.
type fd int

func (f fd) Read(p []byte) (int, error) {
	n, err := unix.Read(int(f), p)
	for err == unix.EINTR {
		n, err = unix.Read(int(f), p)
	}
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(n, 0), err
}

func (f fd) Write(p []byte) (int, error) {
	for sent := 0; sent < len(p); {
		n, err := unix.Write(int(f), p[sent:])
		if err != nil && err != unix.EINTR {
			return sent, err
		}
		sent += max(n, 0)
	}
	return len(p), nil
}

func newActor(name string) (*actor, error) {
	for _, pipe := range []int{reportFD, orderFD} {
		if _, err := unix.FcntlInt(uintptr(pipe), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			return nil, fmt.Errorf("actor %s: inherited pipe: %w", name, err)
		}
	}
	// The kernel drops the one that the parent asked for when the program file has capabilities (prctl(2)).
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return nil, fmt.Errorf("actor %s: %w", name, err)
	}
	if err := sock.DefaultSignals(); err != nil {
		return nil, err
	}
	return &actor{name: name, orders: bufio.NewReader(fd(orderFD)), reports: fd(reportFD),
		happened: map[string]capture.Stamp{}, gone: map[string]bool{}, pids: map[string]int{}}, nil
}

// report sends r up. A parent that is gone ends the actor through PDEATHSIG, so a failed write needs no answer.
func (a *actor) report(r report) {
	b := line(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = a.reports.Write(b)
}

// Begin and End make the actor the Log of its calls.
func (a *actor) Begin(c calls.Call) { a.report(report{Begin: &c}) }

// End reports a call that returned.
func (a *actor) End(c calls.Call) { a.report(report{End: &c}) }

func (a *actor) view(v *capture.KernelView) { a.report(report{View: v}) }

// next reads one order and remembers what it tells.
func (a *actor) next() (order, error) {
	text, err := a.orders.ReadBytes('\n')
	if err != nil {
		return order{}, err
	}
	var o order
	if err := json.Unmarshal(text, &o); err != nil {
		return order{}, err
	}
	if o.Event != "" {
		a.happened[o.Event] = o.At
	}
	if o.Gone != "" {
		a.gone[o.Gone] = true
	}
	for name, pid := range o.PIDs {
		a.pids[name] = pid
	}
	return o, nil
}

func (a *actor) has(event string) bool { _, ok := a.happened[event]; return ok }

// awaitScript reads orders until the script and the permission to start have come.
func (a *actor) awaitScript() (Script, error) {
	var script *Script
	for script == nil || !a.has(eventGo) {
		o, err := a.next()
		if err != nil {
			return Script{}, err
		}
		if o.Script != nil {
			script = o.Script
		}
	}
	return *script, nil
}

// await reads orders until event has happened.
func (a *actor) await(event string) error {
	for !a.has(event) {
		if who := owner(event); a.gone[who] && event != exited(who) {
			return fmt.Errorf("%s ended before %s", who, event)
		}
		if _, err := a.next(); err != nil {
			return err
		}
	}
	return nil
}
