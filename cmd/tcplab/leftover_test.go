package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tcplab/capture/live"
	"tcplab/session"
)

// However a run ends, nothing stays behind: no process, no namespace (which lives as long as a process is in it, and its
// rules with it), no rule of the machine's, and no instance of the kernel's tracing. SIGKILL is the hardest case, as the
// program cannot do anything any more. Root tries it as an ordinary user as well.
func TestNothingIsLeftBehind(t *testing.T) {
	needsLab(t)
	needs(t, "sealed")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	users := map[string]func(*testing.T, ...string) *exec.Cmd{"": func(t *testing.T, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), self, args...)
		cmd.Args[0], cmd.Env = "tcplab", os.Environ() // the test binary is the command under this name
		return cmd
	}}
	if os.Geteuid() == 0 {
		dir, program := publicCopy(t, "tcplab")
		users[" as an ordinary user"] = func(t *testing.T, args ...string) *exec.Cmd {
			return asNobody(t, dir, program, append(args, "--sealed")...)
		}
	}
	places := map[string][]string{"direct": {"--hosts", "direct"}, "bridge": {"--hosts", "bridge"}, "routed": {"--hosts", "routed"}, "sealed": {"--sealed"}}
	for place, flags := range places {
		for name, end := range map[string]func(*exec.Cmd) error{
			"success": func(*exec.Cmd) error { return nil },
			"failure": func(*exec.Cmd) error { return nil },
			"killed":  func(c *exec.Cmd) error { return c.Process.Kill() },
			"Ctrl-C":  func(c *exec.Cmd) error { return c.Process.Signal(unix.SIGINT) },
		} {
			for user, command := range users {
				t.Run(place+"/"+name+user, func(t *testing.T) {
					t.Parallel()
					leavesNothing(t, command, flags, name, end)
				})
			}
		}
	}
}

// ends are the scenarios that end by themselves: one as it should, one for want of time.
var ends = map[string][]string{"success": {"hello"}, "failure": {"server-think-time", "--timeout", "200ms"}}

func leavesNothing(t *testing.T, command func(*testing.T, ...string) *exec.Cmd, flags []string, name string, end func(*exec.Cmd) error) {
	const port = 40123 // of the lab's own hosts
	mark, rules := "TCPLAB_TEST_MARK="+t.Name()+".", firewallRules()
	what, byItself := ends[name]
	if !byItself {
		what = []string{"deadlock-both-recv", "--timeout", "1m"}
	}
	args := append(append([]string{"trace"}, what...), flags...)
	cmd := command(t, append(args, "--port", fmt.Sprint(port), "--output", os.DevNull)...)
	cmd.Env = append(cmd.Env, mark)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !byItself {
		eventually(t, "the connection is open", func() bool { return established(mark, port) })
	}
	if err := end(cmd); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if byItself && (err == nil) != (name == "success") {
		t.Errorf("%s: it ended with %v", name, err)
	}
	eventually(t, "no process is left", func() bool { return len(marked(mark)) == 0 })
	if left := tracingInstances(t); strings.Contains(left, fmt.Sprintf("tcplab-%d\n", cmd.Process.Pid)) {
		t.Errorf("tracing instances: %s", left)
	}
	if now := firewallRules(); now != rules {
		t.Errorf("the machine's firewall was\n%s\nand is\n%s", rules, now)
	}
}

// Nor does one side of a scenario leave anything when it ends in the middle of the exchange, with a connection open.
func TestSidesLeaveNothing(t *testing.T) {
	needs(t, "capture")
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGKILL} {
		t.Run("serve "+sig.String(), func(t *testing.T) {
			at, err := session.FreePort(netip.MustParseAddr("127.0.0.1"))
			if err != nil {
				t.Fatal(err)
			}
			var dialled net.Conn
			sideLeavesNothing(t, sig, at, func() bool {
				if dialled == nil {
					dialled, _ = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", at)) // refused until it listens
				}
				return dialled != nil
			}, "serve", "hello", "--listen", "127.0.0.1")
			if dialled != nil {
				dialled.Close()
			}
		})
		t.Run("connect "+sig.String(), func(t *testing.T) {
			silent, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer silent.Close()
			sideLeavesNothing(t, sig, uint16(silent.Addr().(*net.TCPAddr).Port), func() bool { return true }, "connect", "hello", "127.0.0.1")
		})
	}
}

// sideLeavesNothing starts one side, ends it by sig when ready holds and a connection of its is open, and waits until nothing is left.
func sideLeavesNothing(t *testing.T, sig unix.Signal, port uint16, ready func() bool, args ...string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	mark, rules := "TCPLAB_TEST_MARK="+t.Name()+".", firewallRules()
	cmd := exec.CommandContext(t.Context(), self, append(args, "--port", fmt.Sprint(port), "--timeout", "1m", "--output", os.DevNull)...)
	cmd.Args[0], cmd.Env = "tcplab", append(os.Environ(), mark)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the connection is open", func() bool { return ready() && established(mark, port) })
	if err := unix.Kill(cmd.Process.Pid, sig); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("it ended as if nothing had happened")
	}
	eventually(t, "no process is left", func() bool { return len(marked(mark)) == 0 })
	if now := firewallRules(); now != rules {
		t.Errorf("the machine's firewall was\n%s\nand is\n%s", rules, now)
	}
}

// firewallRules are those of the machine's own network, as far as this user may read them.
func firewallRules() string {
	return strings.Join(live.Snapshot(live.FactsOptions{}).Firewall, "\n")
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
