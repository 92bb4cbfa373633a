package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What is typed at the terminal is what the client sends, also where the run takes place in another process.
func TestPrompt(t *testing.T) {
	needs(t, "sealed")
	for typed, want := range map[string]string{"How do you do?\n\n": `send(3, "How do you do?\n"`, "Hi\nWell met\n": `send(4, "Well met\n"`,
		"\n": "an empty line sends nothing"} {
		keyboard, screen := pty(t)
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), self, "trace", "typed-message", "--prompt", "--sealed")
		cmd.Args[0] = "tcplab" // the test binary is the command under this name
		cmd.Stdin = screen
		if _, err := keyboard.WriteString(typed); err != nil {
			t.Fatal(err)
		}
		out, err := cmd.CombinedOutput()
		if !strings.Contains(string(out), want) || !strings.Contains(string(out), "at most 32 characters") {
			t.Errorf("%q typed: %v\n%s", typed, err, out)
		}
	}
}

func TestPromptWithoutTerminal(t *testing.T) {
	status, _, errs := invoke(t, "trace", "typed-message", "--prompt", "--iface", "lo")
	if status != exitUsage || !strings.Contains(errs, "needs a terminal") || !strings.Contains(errs, "--param message=TEXT") {
		t.Errorf("status %d, %s", status, errs)
	}
}

// pty makes a pseudoterminal.
func pty(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { keyboard.Close(); screen.Close() })
	return keyboard, screen
}
