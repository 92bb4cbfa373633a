package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcplab/capture"
	"tcplab/capture/pcapfile"
	"tcplab/capture/script"
)

// browsed is what the test walks through: a refusal, and bytes that want to be commands of the terminal.
const browsed = `
C 10.0.0.1:40000
S 10.0.0.2:80
D 10.0.0.3:443
0.000 C > S S 0:0(0) win 65000
0.001 S > C S. 0:0(0) ack 1 win 65000
0.002 C > S . 1:1(0) ack 1 win 65000
0.003 C > S P. 1:20(19) ack 1 win 65000 "GET \x1b[2J\x1b]0;owned\x07"
1.000 C > D S 0:0(0) win 65000
1.001 D > C R. 0:0(0) ack 1 win 0
`

// terminal is a real terminal with a program in it: a tmux server of its own.
type terminal struct {
	t      *testing.T
	socket string
}

// inTerminal starts a shell command in a terminal of 80 columns and 24 lines.
func inTerminal(t *testing.T, command string) *terminal {
	t.Helper()
	needs(t, "tmux")
	term := &terminal{t, filepath.Join(t.TempDir(), "tmux")}
	term.do("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", command)
	t.Cleanup(func() { exec.Command("tmux", "-S", term.socket, "kill-server").Run() })
	return term
}

func (term *terminal) do(args ...string) string {
	term.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	if err != nil {
		term.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// press sends keys and waits until every text of want is on the screen.
func (term *terminal) press(keys []string, want ...string) string {
	term.t.Helper()
	for _, k := range keys {
		term.do("send-keys", k)
	}
	screen := ""
	for deadline := time.After(10 * time.Second); ; {
		screen = term.do("capture-pane", "-p")
		missing := ""
		for _, w := range want {
			if !strings.Contains(screen, w) {
				missing = w
			}
		}
		if missing == "" {
			return screen
		}
		select {
		case <-deadline:
			term.t.Fatalf("after %q the screen has no %q:\n%s", keys, missing, screen)
		case <-time.After(20 * time.Millisecond): // a screen can only be looked at again
		}
	}
}

// browsedFile writes the frames of a script to a file.
func browsedFile(t *testing.T, text string) string {
	t.Helper()
	s, err := script.Parse(t.Name(), text)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "browsed.pcapng")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := pcapfile.NewWriter(f, pcapfile.Section{})
	w.AddInterface(pcapfile.Interface{Link: capture.LinkEthernet})
	for i := range s.Frames {
		if err := w.WriteFrame(&s.Frames[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// The program itself in a real terminal: keys go in, the screen is read back.
func TestViewInATerminal(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := browsedFile(t, browsed)
	// under this name the test binary is the command
	program := filepath.Join(t.TempDir(), "tcplab")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	term := inTerminal(t, fmt.Sprintf("NO_COLOR=1 %s view %s; echo left with $?; read wait", program, file))
	term.press(nil, "2 connections", "▶  0 10.0.0.1:40000 10.0.0.2:80", "closed-port", "q quit")
	term.press([]string{"Enter"}, "connection 0", "├─ handshake", "SYN,ACK 0 ack 1", "ESTAB/SYN-R")
	term.press([]string{"/", "G", "E", "T", "Enter", "Enter"}, "frame 4 of connection 0", "47 45 54 20 1b 5b 32 4a")
	term.press([]string{"x"}, `GET \x1b[2J\x1b]0;owned\x07`)
	term.do("resize-window", "-x", "120", "-y", "40")
	term.press([]string{"Escape"}, "ESTABLISHED / SYN-RECEIVED")
	term.press([]string{"Escape"}, "2 connections")
	term.press([]string{"d"}, "what was found on the capture", "nothing listens on the port")
	term.press([]string{"Enter", "p"}, "connection 1", "RST,ACK")
	if title := term.do("display-message", "-p", "#{pane_title}"); strings.Contains(title, "owned") {
		t.Errorf("the capture has set the title of the terminal: %q", title)
	}
	if colours := term.do("capture-pane", "-p", "-e"); strings.Contains(colours, "\x1b[3") {
		t.Errorf("NO_COLOR is set, the screen has colours:\n%q", colours)
	}
	term.press([]string{"q"}, "left with 0")
}
