package session

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture"
)

// process is an actor as its parent sees it.
type process struct {
	name    string
	pid     int
	forked  bool     // by another actor, which waits for it
	orders  *os.File // write end
	reports *os.File // read end
	exit    capture.ActorExit
	program *capture.ActorExit // the user's program that it runs, nil for an actor with steps of its own
	output  []capture.Output   // of that
	gone    chan struct{}      // the process has been waited for
}

// news is what the parent learns of one actor: a report, or that it stopped or ended.
type news struct {
	from    *process
	report  report
	stopped bool
	ended   bool
}

// pipes are the actor's ends of its two pipes; the actor inherits them, the parent closes its copies.
type pipes struct{ reports, orders *os.File }

func (p pipes) close() { _ = errors.Join(p.reports.Close(), p.orders.Close()) }

// newProcess makes the pipes to an actor that is still to be started.
func newProcess(name string) (*process, pipes, error) {
	reportR, reportW, err := os.Pipe()
	if err != nil {
		return nil, pipes{}, err
	}
	orderR, orderW, err := os.Pipe()
	if err != nil {
		_ = errors.Join(reportR.Close(), reportW.Close())
		return nil, pipes{}, err
	}
	return &process{name: name, orders: orderW, reports: reportR, exit: capture.ActorExit{Name: name}, gone: make(chan struct{})},
		pipes{reportW, orderR}, nil
}

// start runs this program again as the actor, in a process group of its own so that Ctrl-C reaches the parent alone, and
// bound to die with the parent's thread: the caller has locked it. inherit are its own pipes, then those of its children.
func (p *process) start(inherit []pipes) error {
	pid, err := syscall.ForkExec(self, []string{"tcplab: " + p.name}, &syscall.ProcAttr{
		Env:   actorEnviron(p.name),
		Files: actorFiles(inherit),
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL},
	})
	if err != nil {
		return fmt.Errorf("start the %s: %w", p.name, err)
	}
	p.pid, p.exit.PID = pid, pid
	return nil
}

// self is the running program, also when its file has been replaced.
const self = "/proc/self/exe"

// actorFiles lays out the descriptors of a new actor: the standard three, nothing up to reportFD, then the pipes.
func actorFiles(inherit []pipes) []uintptr {
	files := make([]uintptr, reportFD, reportFD+2*len(inherit))
	for i := range files {
		files[i] = closedFD
	}
	files[0], files[1], files[2] = 0, 1, 2
	for _, p := range inherit {
		files = append(files, p.reports.Fd(), p.orders.Fd())
	}
	return files
}

// closedFD marks a descriptor that the new process does not have.
const closedFD = ^uintptr(0)

// actorEnviron is the environment of an actor. The runtime settings keep its system calls a C program's: no preemption
// signals that interrupt them, no descriptors of its own, no collector until there is much to collect. GORACE matters to
// tests alone: a program built with the race detector would wait for a second when it ends.
func actorEnviron(name string) []string {
	env := []string{actorEnv + "=" + name, "GODEBUG=asyncpreemptoff=1,containermaxprocs=0,updatemaxprocs=0", "GOGC=off",
		"GOMEMLIMIT=256MiB", "GORACE=atexit_sleep_ms=0"}
	own := len(env)
	for _, kv := range os.Environ() {
		key, _, _ := strings.Cut(kv, "=")
		if !slices.ContainsFunc(env[:own], func(set string) bool { return strings.HasPrefix(set, key+"=") }) {
			env = append(env, kv)
		}
	}
	return env
}

// follow passes on what the actor reports, that it was stopped, and how it ended. The end comes after the last report.
func (p *process) follow(to chan<- news) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if !p.forked {
			p.wait(to)
			close(p.gone)
		}
	}()
	err := p.read(to)
	<-done
	p.reports.Close()
	p.orders.Close()
	if err != nil && p.exit.Error == "" {
		p.exit.Error = err.Error()
	}
	to <- news{from: p, ended: true}
}

// read passes on the actor's reports until its pipe closes.
func (p *process) read(to chan<- news) error {
	r := bufio.NewReaderSize(p.reports, 64<<10)
	for {
		text, err := r.ReadBytes('\n')
		if err == io.EOF {
			return nil // a line cut by SIGKILL is lost with it
		}
		if err != nil {
			return err
		}
		var rep report
		if err := json.Unmarshal(text, &rep); err != nil {
			return fmt.Errorf("report of the %s: %w", p.name, err)
		}
		to <- news{from: p, report: rep}
	}
}

// wait collects the exit status. os.Process.Wait would hide that the actor was stopped.
func (p *process) wait(to chan<- news) {
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(p.pid, &status, syscall.WUNTRACED, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			p.exit.Status, p.exit.Error = -1, "wait: "+err.Error()
			return
		case status.Stopped():
			to <- news{from: p, stopped: true}
		case status.Signaled():
			p.exit.Status, p.exit.Signal = -1, unix.SignalName(status.Signal())
			return
		case status.Exited():
			p.exit.Status = status.ExitStatus()
			return
		}
	}
}

// ended is how the actor ended, as far as anybody knows.
func (p *process) ended() capture.ActorExit {
	if p.program != nil {
		return p.programEnded()
	}
	exit := p.exit
	switch {
	case p.forked && exit.PID == 0:
		exit.Status, exit.Error = -1, "it was never forked"
	case p.forked && exit.Status == -1 && exit.Signal == "":
		exit.Error = cmp.Or(exit.Error, "nobody waited for it")
	}
	return exit
}

// order sends o down. The pipe of an actor that has ended is closed: it misses nothing.
func (p *process) order(o order) { _, _ = p.orders.Write(line(o)) }

// kill ends the actor and what it forked, which is in its process group. An actor that has ended already is not there to
// be killed. One that was never started has no group: kill(0) would be our own.
func (p *process) kill() {
	if p.program != nil {
		p.end()
		return
	}
	if p.pid > 0 {
		_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	}
}

// killWait is ample for an actor to kill its program and report that.
const killWait = 5 * time.Second

// end has an actor kill its program, which may have spread over many processes, and then end. The actor of a program takes
// the end of its orders for that one.
func (p *process) end() {
	_ = p.orders.Close() // it may have ended already
	go func() {
		select {
		case <-p.gone:
		case <-time.After(killWait):
			_ = syscall.Kill(-p.pid, syscall.SIGKILL)
		}
	}()
}

// mostOutput bounds what is kept of a program's output.
const mostOutput = 256 << 10

// write keeps what the program wrote. What follows at once on the same stream is one piece with it.
func (p *process) write(o *capture.Output) {
	kept := 0
	for i := range p.output {
		kept += len(p.output[i].Data)
	}
	o.Data = o.Data[:min(len(o.Data), mostOutput-kept)]
	if n := len(p.output) - 1; n >= 0 && p.output[n].Stream == o.Stream && o.At.Sub(p.output[n].At) < time.Millisecond {
		p.output[n].Data = append(p.output[n].Data, o.Data...)
		return
	}
	if len(o.Data) > 0 {
		p.output = append(p.output, *o)
	}
}

// programEnded is how the user's program ended. One of which that was not reported was killed with its actor.
func (p *process) programEnded() capture.ActorExit {
	exit := *p.program
	exit.Output, exit.Error = p.output, p.exit.Error
	if exit.Status == -1 && exit.Signal == "" {
		exit.Signal, exit.EndedBy = "SIGKILL", "SIGKILL"
	}
	return exit
}
