package tracee

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"tcplab/capture"
)

// Run starts the program in a process group of its own and returns when nothing of it is left. The calling goroutine has
// locked its thread: the program dies with it. What keeps its calls from being recorded is told by p.Warn.
func Run(p Program) (*Result, error) {
	t := &tracer{Program: p, tasks: map[int]*task{}, sockets: map[string]*socket{}, pidfds: map[int]int{}}
	warn := t.Program.Warn
	var once sync.Mutex // the complaint of the launcher comes on another goroutine
	t.Program.Warn = func(text string) {
		once.Lock()
		defer once.Unlock()
		warn(text)
	}
	goWrite, complaints, err := t.launch()
	if err != nil {
		return nil, err
	}
	how := byte(goPlain)
	if err := t.seize(); err != nil {
		t.warn("%s", refusal(err))
	} else {
		how = goTraced
	}
	failed := make(chan error, 1)
	go func() { failed <- t.listen(complaints) }()
	t.Started(t.root)
	_, err = goWrite.Write([]byte{how})
	err = errors.Join(err, goWrite.Close(), t.follow(), <-failed)
	for _, s := range t.sockets {
		if s.view != nil {
			t.result.Views = append(t.result.Views, *s.view)
		}
	}
	slices.SortFunc(t.result.Views, func(a, b capture.KernelView) int {
		return cmp.Or(cmp.Compare(a.Local, b.Local), cmp.Compare(a.Remote, b.Remote))
	})
	return &t.result, err
}

// launch starts the launcher, which waits until the first of the returned files says go.
func (t *tracer) launch() (goWrite, complaints *os.File, err error) {
	goRead, goWrite, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer goRead.Close()
	complaints, complain, err := os.Pipe()
	if err != nil {
		return nil, nil, errors.Join(err, goWrite.Close())
	}
	defer complain.Close()
	t.root, err = syscall.ForkExec("/proc/self/exe", append([]string{"tcplab: launch " + t.Actor}, t.Argv...), &syscall.ProcAttr{
		Env:   append(t.Env, launchEnv+"=1"),
		Files: []uintptr{t.Files[0].Fd(), t.Files[1].Fd(), t.Files[2].Fd(), goRead.Fd(), complain.Fd()},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL},
	})
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("starting the %s: %w", t.Actor, err), goWrite.Close(), complaints.Close())
	}
	return goWrite, complaints, nil
}

// seize makes this thread the tracer of the launcher.
func (t *tracer) seize() error {
	if nativeArch == 0 {
		return errors.ErrUnsupported
	}
	return ptrace(unix.PTRACE_SEIZE, t.root, traceOptions)
}

// listen waits until the launcher has become the program, or says why it could not.
func (t *tracer) listen(complaints *os.File) error {
	text, err := io.ReadAll(complaints)
	err = errors.Join(err, complaints.Close())
	if rest, ok := bytes.CutPrefix(text, []byte(filterRefused)); ok {
		t.Warn(packetsAlone + "the kernel takes no filter for them (" + string(rest) + ")")
		return err
	}
	if len(text) > 0 {
		return errors.Join(fmt.Errorf("the %s could not be started: %s", t.Actor, text), err)
	}
	return err
}

// packetsAlone begins every reason for a report without calls.
const packetsAlone = "system calls are not shown, the report is of the packets alone: "

// refusal says why there will be no calls, and what would change that.
func refusal(err error) string {
	scope, _ := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope") // without Yama there is none
	switch yama := strings.TrimSpace(string(scope)); {
	case errors.Is(err, errors.ErrUnsupported):
		return packetsAlone + "they can be read on amd64 and arm64"
	case yama == "2":
		return packetsAlone + "only administrators may trace here: sudo sysctl kernel.yama.ptrace_scope=1, or run it with sudo"
	case yama == "3":
		return packetsAlone + "tracing is switched off until the next boot (kernel.yama.ptrace_scope is 3)"
	}
	return fmt.Sprintf("%stracing is not allowed (ptrace: %v); if this runs under strace or a debugger, run it without; in a container, start that with --cap-add SYS_PTRACE", packetsAlone, err)
}

// executed handles the stop after a thread became another program.
func (t *tracer) executed(k *task) {
	// A thread that is not the first of its process takes that one's place and number.
	if former, err := unix.PtraceGetEventMsg(k.tid); err == nil && int(former) != k.tid {
		delete(t.tasks, int(former))
	}
	k.open, k.cut = nil, 0
	if !t.isBlind && !t.mayBorrow(k.tgid) {
		t.isBlind = true
		t.warn("%s", packetsAlone+"this kernel does not say whose sockets they are about (pidfd_getfd, of Linux 5.6); in a container, start that with --cap-add SYS_PTRACE")
	}
	file := fmt.Sprintf("/proc/%d/exe", k.tid)
	name, _ := os.Readlink(file) // only for the messages
	name = filepath.Base(name)
	var st unix.Stat_t
	if unix.Stat(file, &st) == nil && st.Mode&(unix.S_ISUID|unix.S_ISGID) != 0 && int(st.Uid) != os.Geteuid() {
		t.warn("%s has the right to run as another user, and runs without it here: run this as root with --iface if it needs it", name)
	}
	if is := machineOf(file); is != machine && is != 0 {
		t.warn("%s is a program for another kind of machine: its system calls are not shown", name)
	}
}

// machineOf reads from a program file what it was built for, 0 when it cannot be read (elf(5): e_machine).
func machineOf(file string) int {
	f, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer f.Close()
	header := make([]byte, 20)
	if _, err := io.ReadFull(f, header); err != nil {
		return 0
	}
	return int(binary.NativeEndian.Uint16(header[18:]))
}

// processOf returns the process that a thread belongs to; the thread's own number when it has gone.
func processOf(tid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid)) // gone: nothing to read
	_, rest, _ := strings.Cut(string(text), "\nTgid:")
	line, _, _ := strings.Cut(rest, "\n")
	if tgid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
		return tgid
	}
	return tid
}
