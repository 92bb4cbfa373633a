package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcplab/session"
)

// Ctrl-C ends a trace that would wait for ever: the report says what happened so far, the status that it is not all, and
// no process is left.
func TestInterruptReportsAndLeavesNothing(t *testing.T) {
	needs(t, "capture")
	port, err := session.FreePort(netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	mark := fmt.Sprintf("TCPLAB_TEST_MARK=%d", port)
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), self, "trace", "deadlock-both-recv", "--port", fmt.Sprint(port), "--timeout", "1m")
	cmd.Args[0] = "tcplab" // the test binary is the command under this name
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), mark), &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the connection is open", func() bool { return bytes.Contains(socketTable(), fmt.Appendf(nil, ":%04X 01 ", port)) })
	start := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	status := exitStatus(cmd.Wait())
	if took := time.Since(start); status != "3" || took > 5*time.Second {
		t.Errorf("status %s after %v", status, took)
	}
	if !strings.Contains(errs.String(), "tcplab: trace: interrupted: the report covers what happened until then") {
		t.Errorf("stderr: %s", errs.String())
	}
	if !strings.Contains(out.String(), "handshake   complete") || !strings.Contains(out.String(), "recv(") {
		t.Errorf("no report of what happened:\n%s", out.String())
	}
	if left := marked(mark); len(left) > 0 {
		t.Errorf("left behind: %v", left)
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

// socketTable is the kernel's table of IPv4 sockets; state 01 is ESTABLISHED.
func socketTable() []byte {
	data, _ := os.ReadFile("/proc/net/tcp") // an unreadable table never shows the connection, and the test says so
	return data
}

// marked returns the command lines of the processes that have mark in their environment.
func marked(mark string) (found []string) {
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environs {
		data, err := os.ReadFile(path)
		if err == nil && bytes.Contains(data, []byte(mark)) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
