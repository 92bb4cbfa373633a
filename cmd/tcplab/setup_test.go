package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// nobody is a user who owns nothing.
const nobody = 65534

// asNobody returns a command that runs as an ordinary user, with a home of its own.
func asNobody(t *testing.T, dir, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir, "CI=")
	return cmd
}

// publicCopy copies this program to a directory that every user can read, and returns both.
func publicCopy(t *testing.T, name string) (dir, program string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "tcplab-public-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(dir, name)
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return dir, program
}

// Without the right to capture, the message holds the line that gives it; root runs that line, and the user captures.
func TestTheHintForTheRightWorks(t *testing.T) {
	needs(t, "root")
	needs(t, "setcap")
	dir, program := publicCopy(t, "tcplab")
	trace := []string{"trace", "--iface", "lo", "--port", "0"}

	out, err := asNobody(t, dir, program, trace...).CombinedOutput()
	if status := exitStatus(err); status != "1" {
		t.Fatalf("without the right: status %s\n%s", status, out)
	}
	line := regexp.MustCompile(`hint: sudo (setcap cap_net_raw\+ep \S+)`).FindSubmatch(out)
	if line == nil {
		t.Fatalf("no setcap line in\n%s", out)
	}
	if out, err := exec.Command("bash", "-c", string(line[1])).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line[1], err, out)
	}
	out, err = asNobody(t, dir, program, trace...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "handshake") {
		t.Errorf("with the right: %v\n%s", err, out)
	}
}

// An ordinary user runs the tests of this package too: what needs rights is skipped with the reason, the rest passes.
func TestAsOrdinaryUser(t *testing.T) {
	needs(t, "root")
	if testing.Short() {
		t.Skip("short: the tests run once more as another user")
	}
	dir, program := publicCopy(t, "tcplab.test")
	if err := os.CopyFS(filepath.Join(dir, "cmd/tcplab/testdata"), os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, nobody, nobody))
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := asNobody(t, filepath.Join(dir, "cmd/tcplab"), program, "-test.short", "-test.v",
		"-test.run", "Test(Scripts|Hello|ClosedPort|Replay|Frames|Every|Help)", "-test.skip", "TestEveryExported|TestEveryPackage")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	skipped := regexp.MustCompile(`--- SKIP: TestHello(?s:.*)no right to open a packet socket`)
	if !skipped.Match(out) || !strings.Contains(string(out), "--- PASS: TestScripts") {
		t.Errorf("nothing was skipped for want of rights, or the scripts did not run:\n%s", out)
	}
}

// The README's first command builds the program and runs it.
func TestMakeTrace(t *testing.T) {
	needs(t, "capture")
	needs(t, "make")
	cmd := quietly("make trace")
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "handshake") {
		t.Errorf("make trace: %v\n%s", err, out)
	}
}
