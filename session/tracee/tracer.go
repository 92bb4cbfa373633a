// Package tracee runs a program of the user's and records the system calls that it and all it starts make on sockets: the
// arguments as strace prints them, the result, begin and end. Programs need not know, and need not be of any language.
//
// It is a ptrace(2) tracer. The kernel stops the program in the calls of a table and nowhere else, so what does not
// concern the network runs at full speed. Where tracing is not allowed the program runs all the same, without a record.
package tracee

import (
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/session/sock"
)

// Program is what to run, and whom to tell.
type Program struct {
	Actor string   // the name its calls are recorded under
	Argv  []string // the first is a path
	Env   []string
	Files [3]*os.File // standard input, output and error

	Log     sock.Log
	Started func(pid int)     // it is about to run
	Exited  func()            // its first process has ended
	Warn    func(text string) // what the record lacks, and the remedy; any goroutine
}

// Result is how the program ended.
type Result struct {
	Status unix.WaitStatus      // of the process that was started, a shell perhaps
	Own    *unix.WaitStatus     // of the process that has the actor's name; nil without calls
	Views  []capture.KernelView // of each connection, when it was last closed
}

// tracer follows the program and its children. All of it runs on the one thread that started the program: ptrace knows
// threads, not processes.
type tracer struct {
	Program
	root    int
	first   int           // the process whose calls have the actor's own name, 0 before there are any
	tasks   map[int]*task // by thread id
	sockets map[string]*socket
	pidfds  map[int]int
	names   int    // how many threads and processes have a name
	count   uint32 // calls recorded
	warned  []string
	isBlind bool // nothing is recorded
	result  Result
}

// task is one thread of the program or of one of its children.
type task struct {
	tid, tgid int
	name      string   // of its first recorded call on
	open      *context // the call it is in
	cut       capture.Stamp
}

// The wait status of a ptrace stop carries the event in its third byte.
const eventShift = 16

// syscallStop is the signal of a stop at the entry or exit of a system call, with PTRACE_O_TRACESYSGOOD.
const syscallStop = unix.SIGTRAP | 0x80

const traceOptions = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACECLONE |
	unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL

// follow waits for everything that happens to the program until nothing of it is left.
func (t *tracer) follow() error {
	for {
		var status unix.WaitStatus
		tid, err := unix.Wait4(-1, &status, unix.WALL, nil)
		switch {
		case err == unix.EINTR:
		case err == unix.ECHILD:
			return nil
		case err != nil:
			return fmt.Errorf("waiting for the %s: %w", t.Actor, err)
		case status.Stopped():
			t.stopped(tid, status)
		default:
			t.ended(tid, status)
		}
	}
}

// ended takes leave of a thread.
func (t *tracer) ended(tid int, status unix.WaitStatus) {
	if tid == t.first {
		t.result.Own = &status
	}
	if tid == t.root {
		t.result.Status = status
		t.Exited()
	}
	delete(t.tasks, tid)
	if pidfd, ok := t.pidfds[tid]; ok {
		delete(t.pidfds, tid)
		_ = unix.Close(pidfd) // one that was never opened cannot be closed
	}
}

// stopped handles one stop and lets the thread go on.
func (t *tracer) stopped(tid int, status unix.WaitStatus) {
	k := t.task(tid)
	signal, event := status.StopSignal(), int(status)>>eventShift
	deliver := 0
	switch {
	case event == unix.PTRACE_EVENT_SECCOMP:
		t.enter(k)
	case signal == syscallStop:
		t.leave(k)
	case event == unix.PTRACE_EVENT_EXEC:
		t.executed(k)
	case event == unix.PTRACE_EVENT_FORK || event == unix.PTRACE_EVENT_VFORK || event == unix.PTRACE_EVENT_CLONE:
		t.forked(k, event)
	case event == unix.PTRACE_EVENT_STOP && signal != unix.SIGTRAP:
		_ = ptrace(unix.PTRACE_LISTEN, tid, 0) // stopped by a signal, as it would be alone: until SIGCONT
		return
	case event == 0:
		deliver = int(signal)
	}
	t.resume(k, deliver)
}

// resume lets a thread run to the end of its call when it is in one that is recorded, else to the next of the table.
// A thread that was killed meanwhile is not there to go on.
func (t *tracer) resume(k *task, signal int) {
	if k.open != nil {
		_ = unix.PtraceSyscall(k.tid, signal)
		return
	}
	_ = unix.PtraceCont(k.tid, signal)
}

// ptrace is ptrace(2) for the requests that x/sys has no function for.
func ptrace(request, tid int, data uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), 0, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// task returns what is known of a thread; a new one announces itself by its first stop.
func (t *tracer) task(tid int) *task {
	k := t.tasks[tid]
	if k == nil {
		k = &task{tid: tid, tgid: processOf(tid)}
		t.tasks[tid] = k
	}
	return k
}

// named gives a task its name with its first recorded call: the first to touch the network is the actor itself, whatever
// shells and wrappers started it.
func (t *tracer) named(k *task) string {
	if k.name == "" {
		k.name = t.Actor
		if t.names > 0 {
			k.name = fmt.Sprintf("%s/%d", t.Actor, t.names)
		} else {
			t.first = k.tgid
		}
		t.names++
	}
	return k.name
}

// known reports whether the thread's process has made a call that was recorded.
func (t *tracer) known(k *task) bool {
	for _, other := range t.tasks {
		if other.tgid == k.tgid && other.name != "" {
			return true
		}
	}
	return false
}

// warn tells once what the record lacks.
func (t *tracer) warn(format string, values ...any) {
	text := fmt.Sprintf(format, values...)
	if !slices.Contains(t.warned, text) {
		t.warned = append(t.warned, text)
		t.Warn(text)
	}
}

// forked records that a process that has sockets started another process or thread.
func (t *tracer) forked(k *task, event int) {
	child, err := unix.PtraceGetEventMsg(k.tid)
	if err != nil || !t.known(k) {
		return
	}
	c := calls.Call{Op: "fork", FD: -1, N: int(child)}
	if event == unix.PTRACE_EVENT_CLONE && processOf(int(child)) == k.tgid {
		c.Op, c.Args = "clone", "CLONE_THREAD"
	}
	c.Begin = now()
	c.End = c.Begin
	t.record(k, c)
}

// record tells the log of a call that is over.
func (t *tracer) record(k *task, c calls.Call) {
	t.count++
	c.Number, c.Actor, c.PID = t.count, t.named(k), k.tgid
	t.Log.Begin(c)
	t.Log.End(c)
}

// now reads CLOCK_REALTIME, the clock of libpcap's stamps.
func now() capture.Stamp { return capture.StampOf(time.Now()) }
