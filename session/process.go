package session

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"tcplab/capture"
)

// process is an actor as its parent sees it.
type process struct {
	name    string
	pid     int
	orders  *os.File // write end
	reports *os.File // read end
	exit    capture.ActorExit
}

// news is what the parent learns of one actor: a report, or that it stopped or ended.
type news struct {
	from    *process
	report  report
	stopped bool
	ended   bool
}

// startProcess runs the program again as the actor name, in a process group of its own so that Ctrl-C reaches the parent
// alone, and bound to die with the parent's thread: the caller has locked it.
func startProcess(name string) (*process, error) {
	reportR, reportW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	orderR, orderW, err := os.Pipe()
	if err != nil {
		reportR.Close()
		reportW.Close()
		return nil, err
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"tcplab: " + name}, &syscall.ProcAttr{
		Env:   actorEnviron(name),
		Files: []uintptr{0, 1, 2, reportW.Fd(), orderR.Fd()},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL},
	})
	reportW.Close()
	orderR.Close()
	if err != nil {
		reportR.Close()
		orderW.Close()
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	return &process{name: name, pid: pid, orders: orderW, reports: reportR,
		exit: capture.ActorExit{Name: name, PID: pid}}, nil
}

// actorEnviron is the environment of an actor. The runtime settings keep its system calls a C program's: no preemption
// signals that interrupt them, no descriptors of its own, no collector.
func actorEnviron(name string) []string {
	env := []string{actorEnv + "=" + name, "GODEBUG=asyncpreemptoff=1,containermaxprocs=0,updatemaxprocs=0", "GOGC=off"}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GODEBUG=") && !strings.HasPrefix(kv, "GOGC=") && !strings.HasPrefix(kv, actorEnv+"=") {
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
		p.wait(to)
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

// order sends o down. The pipe of an actor that has ended is closed: it misses nothing.
func (p *process) order(o order) { _, _ = p.orders.Write(line(o)) }

// kill ends the actor and what it started. An actor that has ended already is not there to be killed.
func (p *process) kill() { _ = syscall.Kill(-p.pid, syscall.SIGKILL) }
