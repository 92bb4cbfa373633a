package lab

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// roleEnv makes the test binary play a program that seals itself: outside it calls Seal, inside it does what the value
// says.
const roleEnv = "TCPLAB_LAB_ROLE"

func play(role string) int {
	if !Sealed() {
		status, err := Seal()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return status
	}
	fmt.Println("sealed", os.Getpid(), os.Getuid())
	switch role {
	case "status":
		return 7
	case "killed":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "term":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, unix.SIGTERM)
		fmt.Println("ready")
		<-signals
		return 9
	}
	// "wait": two hosts, a process inside one of them, until standard input ends.
	l, err := New(Config{Topology: Direct})
	if err == nil {
		err = l.hosts[1].Do(func() error {
			cmd := exec.Command("sleep", "60")
			cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
			if err := cmd.Start(); err != nil {
				return err
			}
			fmt.Println("child", cmd.Process.Pid)
			fmt.Println("ready")
			bufio.NewReader(os.Stdin).ReadByte()
			return nil
		})
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// player starts the test binary in a role and returns its lines up to "ready", or all when it ends before.
func player(t *testing.T, role string) (cmd *exec.Cmd, lines []string) {
	t.Helper()
	if refused != nil {
		t.Skip(refused)
	}
	cmd = exec.Command("/proc/self/exe")
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, sealedEnv+"=") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, roleEnv+"="+role)
	in, _ := cmd.StdinPipe()
	t.Cleanup(func() { in.Close() })
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	for scanner := bufio.NewScanner(out); scanner.Scan() && scanner.Text() != "ready"; {
		lines = append(lines, scanner.Text())
	}
	return cmd, lines
}

// TestSealStatus: the sealed process is root of its own, and how it ends is how the outer one ends.
func TestSealStatus(t *testing.T) {
	for role, want := range map[string]int{"status": 7, "killed": 128 + int(unix.SIGKILL)} {
		cmd, lines := player(t, role)
		cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: status %d, want %d", role, got, want)
		}
		if len(lines) == 0 || !strings.HasPrefix(lines[0], "sealed ") || !strings.HasSuffix(lines[0], " 0") {
			t.Errorf("%s: %q", role, lines)
		}
	}
}

// TestSealSignal: a request to end reaches the sealed process, which ends as it sees fit.
func TestSealSignal(t *testing.T) {
	cmd, _ := player(t, "term")
	cmd.Process.Signal(unix.SIGTERM)
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 9 {
		t.Errorf("status %d, want 9", got)
	}
}

// TestNothingLeft: when the outer process is killed, the sealed one and what runs in its hosts die with it.
func TestNothingLeft(t *testing.T) {
	cmd, lines := player(t, "wait")
	var pids []int
	for _, line := range lines {
		if f := strings.Fields(line); f[0] == "sealed" || f[0] == "child" {
			pid, _ := strconv.Atoi(f[1])
			pids = append(pids, pid)
		}
	}
	if len(pids) != 2 {
		t.Fatalf("%q", lines)
	}
	cmd.Process.Kill()
	cmd.Wait()
	deadline := time.Now().Add(5 * time.Second)
	for _, pid := range pids {
		for alive(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d is still there", pid)
			}
			time.Sleep(time.Millisecond) // between two looks at the process table
		}
	}
}

// alive reports whether the process is there and more than a zombie, which waits only for its parent to look.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z")
}
