package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/session"
)

// Ctrl-C ends a trace that would wait for ever: the report says what happened so far, the status that it is not all, and
// no process is left. A signal to the whole group, or twice, as timeout(1) sends it, is the same one request; what was
// saved tells the same.
func TestInterruptReportsAndLeavesNothing(t *testing.T) {
	for _, test := range []struct {
		name, need string
		args       []string
		signal     func(pid int) error
	}{
		{"process", "capture", nil, func(pid int) error { return unix.Kill(pid, unix.SIGINT) }},
		{"group", "capture", nil, func(pid int) error { return unix.Kill(-pid, unix.SIGINT) }},
		{"timeout", "capture", nil, func(pid int) error { return errors.Join(unix.Kill(pid, unix.SIGINT), unix.Kill(-pid, unix.SIGINT)) }},
		{"sealed group", "sealed", []string{"--sealed"}, func(pid int) error { return unix.Kill(-pid, unix.SIGINT) }},
		{"sealed timeout", "sealed", []string{"--sealed"}, func(pid int) error { return errors.Join(unix.Kill(pid, unix.SIGINT), unix.Kill(-pid, unix.SIGINT)) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			needs(t, test.need)
			interruptTrace(t, test.args, test.signal)
		})
	}
}

func interruptTrace(t *testing.T, args []string, signal func(pid int) error) {
	port, err := session.FreePort(netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	mark, saved := fmt.Sprintf("TCPLAB_TEST_MARK=%d", port), filepath.Join(t.TempDir(), "run")
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), self, append([]string{"trace", "deadlock-both-recv", "--port", fmt.Sprint(port), "--timeout", "1m", "--save", saved}, args...)...)
	cmd.Args[0] = "tcplab" // the test binary is the command under this name
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), mark), &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() && cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			t.Logf("it had printed %s%s", out.String(), errs.String())
		}
	})
	eventually(t, "the connection is open", func() bool { return established(mark, port) })
	start := time.Now()
	if err := signal(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	status := exitStatus(cmd.Wait())
	if took := time.Since(start); status != "3" || took > 5*time.Second {
		t.Errorf("status %s after %v", status, took)
	}
	if !strings.Contains(errs.String(), "tcplab: trace: interrupted: the report covers what happened until then") {
		t.Errorf("stderr: %s", errs.String())
	}
	if !strings.Contains(out.String(), "handshake   complete") || !strings.Contains(out.String(), "recv(") || !strings.Contains(out.String(), "interrupted: the run was ended") {
		t.Errorf("no report of what happened:\n%s", out.String())
	}
	if left := marked(mark); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	code, replayed, said := invoke(t, "analyze", saved)
	if code != exitIncomplete || replayed != out.String() || !strings.Contains(said, "the run was interrupted") {
		t.Errorf("replay: status %d, %s\n%s", code, said, replayed)
	}
	if _, replayed, _ = invoke(t, "analyze", saved, "--format", "json", "--segments"); !parseReport(t, replayed).Run.Interrupted {
		t.Errorf("the report does not say interrupted")
	}
}

// eventually polls until done, for at most ten seconds.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline, tick := time.After(10*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// established reports whether a process with mark sees a connection with port among the IPv4 sockets of its network;
// state 01 of the kernel's table is ESTABLISHED.
func established(mark string, port uint16) bool {
	for dir := range marked(mark) {
		data, _ := os.ReadFile(filepath.Join(dir, "net/tcp")) // of a process that has ended, nothing
		if bytes.Contains(data, fmt.Appendf(nil, ":%04X 01 ", port)) {
			return true
		}
	}
	return false
}

// marked returns the command lines of the processes that have mark in their environment, by their directory in /proc.
func marked(mark string) map[string]string {
	found := map[string]string{}
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environs {
		data, err := os.ReadFile(path)
		if err == nil && bytes.Contains(data, []byte(mark)) {
			dir := filepath.Dir(path)
			line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
			found[dir] = strings.ReplaceAll(string(line), "\x00", " ")
		}
	}
	return found
}
