package session

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"tcplab/capture"
)

// socksEnv hands a forked actor the variables of its parent: "listener=3 conn=4".
const socksEnv = "TCPLAB_SOCKS"

// fork starts a declared child as fork(2) would leave it: same program, same descriptors, same variables. A Go process
// cannot fork without exec, so the child is the program started again, with every socket inherited at its number.
func (m *machine) fork(s Step) error {
	slot := -1
	for i, name := range m.children {
		if name == s.Event {
			slot = i
		}
	}
	if slot < 0 {
		return fmt.Errorf("no actor %q is forked by the %s", s.Event, m.actor.name)
	}
	pid, err := m.caller.Fork(func() (int, error) { return m.startChild(s.Event, slot) })
	if err != nil {
		return err
	}
	m.forked = append(m.forked, capture.ActorExit{Name: s.Event, PID: pid, Status: -1})
	m.actor.report(report{Child: &m.forked[len(m.forked)-1]})
	return nil
}

func (m *machine) startChild(name string, slot int) (int, error) {
	files := actorFiles(nil)
	env := append(actorEnviron(name), socksEnv+"="+m.socksText(files))
	files = append(files, uintptr(firstChildFD+2*slot), uintptr(firstChildFD+2*slot+1))
	return syscall.ForkExec(self, []string{"tcplab: " + name}, &syscall.ProcAttr{
		Env: env, Files: files, Sys: &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}})
}

// socksText prints the variables and marks their descriptors in files as inherited.
func (m *machine) socksText(files []uintptr) string {
	var words []string
	for name, fd := range m.socks {
		if fd < 0 || fd >= len(files) {
			continue
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			files[fd] = uintptr(fd)
			words = append(words, fmt.Sprintf("%s=%d", name, fd))
		}
	}
	return strings.Join(words, " ")
}

// inheritedSocks reads what socksText wrote; empty for an actor that was not forked.
func inheritedSocks() map[string]int {
	socks := map[string]int{}
	for _, word := range strings.Fields(os.Getenv(socksEnv)) {
		name, number, _ := strings.Cut(word, "=")
		var fd int
		if _, err := fmt.Sscan(number, &fd); err == nil {
			socks[name] = fd
		}
	}
	return socks
}

// wait waits for all children and reports how each ended.
func (m *machine) wait() error {
	for range m.forked {
		pid, status, err := m.caller.Wait()
		if err != nil {
			return err
		}
		for i := range m.forked {
			if exit := &m.forked[i]; exit.PID == pid {
				exit.Status = status.ExitStatus()
				if status.Signaled() {
					exit.Signal = unix.SignalName(status.Signal())
				}
				m.actor.report(report{Child: exit})
			}
		}
	}
	m.forked = nil
	return nil
}

// unreaped sees all children end, and leaves them zombies (waitid(2), WNOWAIT). No call is recorded: the program asks for nothing.
func (m *machine) unreaped() error {
	for i := range m.forked {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, m.forked[i].PID, &info, unix.WEXITED|unix.WNOWAIT, nil)
		for err == unix.EINTR {
			err = unix.Waitid(unix.P_PID, m.forked[i].PID, &info, unix.WEXITED|unix.WNOWAIT, nil)
		}
		if err != nil {
			return err
		}
		m.forked[i].Zombie = true
		m.actor.report(report{Child: &m.forked[i]})
	}
	return nil
}
