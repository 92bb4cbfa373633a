package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// However a run ends, nothing stays behind: no process, no namespace (which lives as long as a process is in it), and no
// instance of the kernel's tracing. SIGKILL is the hardest case, as the program cannot do anything any more.
func TestNothingIsLeftBehind(t *testing.T) {
	needsLab(t)
	for _, topology := range []string{"direct", "bridge"} {
		for name, end := range map[string]func(*exec.Cmd) error{
			"success": func(*exec.Cmd) error { return nil },
			"killed":  func(c *exec.Cmd) error { return c.Process.Kill() },
			"Ctrl-C":  func(c *exec.Cmd) error { return c.Process.Signal(unix.SIGINT) },
		} {
			t.Run(topology+"/"+name, func(t *testing.T) { leavesNothing(t, topology, name == "success", end) })
		}
	}
}

func leavesNothing(t *testing.T, topology string, whole bool, end func(*exec.Cmd) error) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const port = 40123 // of the lab's own hosts
	mark, scenario := fmt.Sprintf("TCPLAB_TEST_MARK=%s", t.Name()), "deadlock-both-recv"
	if whole {
		scenario = "hello"
	}
	cmd := exec.CommandContext(t.Context(), self, "trace", scenario, "--hosts", topology, "--port", fmt.Sprint(port), "--timeout", "1m", "--output", os.DevNull)
	cmd.Args[0] = "tcplab" // the test binary is the command under this name
	cmd.Env = append(os.Environ(), mark)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !whole {
		eventually(t, "the connection is open", func() bool { return established(mark, port) })
	}
	if err := end(cmd); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its status is for other tests to judge
	eventually(t, "no process is left", func() bool { return len(marked(mark)) == 0 })
	if left := tracingInstances(t); strings.Contains(left, fmt.Sprintf("tcplab-%d\n", cmd.Process.Pid)) {
		t.Errorf("tracing instances: %s", left)
	}
}

// tracingInstances lists them, a line each; none where this process may not see tracefs.
func tracingInstances(t *testing.T) string {
	t.Helper()
	context, err := unix.Fsopen("tracefs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return ""
	}
	defer unix.Close(context)
	if err := unix.FsconfigCreate(context); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	entries, err := os.ReadDir(fmt.Sprintf("/proc/self/fd/%d/instances", fd))
	if err != nil {
		t.Fatal(err)
	}
	var names strings.Builder
	for _, e := range entries {
		names.WriteString(e.Name() + "\n")
	}
	return names.String()
}
