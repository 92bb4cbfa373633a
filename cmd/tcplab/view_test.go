package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tcplab/analyze"
	"tcplab/analyze/report"
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

// ownName is a path whose last part is tcplab: under this name the test binary is the command.
func ownName(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "tcplab")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	return program
}

// viewer is the command line of "tcplab view" for a terminal.
func viewer(t *testing.T, file string) string {
	t.Helper()
	return fmt.Sprintf("NO_COLOR=1 %s view '%s'; echo left with $?; read wait", ownName(t), file)
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
	term := inTerminal(t, viewer(t, browsedFile(t, browsed)))
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

// A hostile capture with a hostile name is walked through screen by screen: what reaches the terminal is kept, and holds
// nothing of it as it came.
func TestViewOfHostileBytes(t *testing.T) {
	dir := t.TempDir()
	sent := filepath.Join(dir, "sent")
	file := hostileCapture(t, dir, "a\u202e\x1b[31m\u009b2J<script>.pcapng", "1.000 C > S R. END:END(0) ack END win 0\n")
	term := inTerminal(t, fmt.Sprintf("tmux pipe-pane 'cat > %s'; %s", sent, viewer(t, file)))
	term.press(nil, "1 connection", "q quit")
	term.press([]string{"i"}, "the capture", `\u202e\x1b[31m\x9b2J`)
	term.press([]string{"Escape"}, "1 connection") // an Escape with another key right behind it would be another key
	term.press([]string{"Enter"}, "connection 0", "SYN,ACK 0")
	term.press([]string{"/", "a", "l", "e", "r", "t", "Enter", "Enter"}, "frame 4 of connection 0", "3c 73 63 72")
	term.press([]string{"x"}, `<script>alert(1)</script>`, `\x1b]0;owned\x07\x9b2J\u202egnp.exe\u2066\u200b\xff\xfe\x00`)
	term.press([]string{"Escape"}, "connection 0", "SYN,ACK 0")
	term.press([]string{"Escape"}, "1 connection")
	term.press([]string{"d"}, "what was found")
	term.press([]string{"/", "\u202e\u009b", "Enter"}, "not found")
	term.press([]string{"q"}, "left with 0")
	data, err := os.ReadFile(sent)
	if err != nil || len(data) == 0 {
		t.Fatalf("nothing was kept of what the terminal got: %v", err)
	}
	if !utf8.Valid(data) {
		t.Errorf("broken UTF-8 reached the terminal")
	}
	for _, bad := range []string{"\x1b[31m", "owned\x07", "\u009b", "\u202e", "\u2066", "\u200b"} {
		if at := strings.Index(string(data), bad); at >= 0 {
			t.Errorf("%q reached the terminal: %q", bad, data[max(0, at-40):min(len(data), at+40)])
		}
	}
}

// However a file is read, it shows the same: at once, as connections end, and one connection alone.
func TestViewReadsWhatAnalyzeReads(t *testing.T) {
	path := browsedFile(t, browsed)
	read := func(run func(analyze.Input) (*report.Report, error)) []report.Connection {
		t.Helper()
		src, err := openFile(path)
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		rep, err := run(analyze.Input{Source: src})
		if err != nil {
			t.Fatal(err)
		}
		return rep.Connections
	}
	whole := read(func(in analyze.Input) (*report.Report, error) {
		return analyze.Run(t.Context(), in, analyze.Options{Segments: true, Payload: 1 << 16})
	})
	streamed := read(func(in analyze.Input) (*report.Report, error) { return asTheyEnd(t.Context(), in) })
	if len(whole) != 2 || len(streamed) != len(whole) {
		t.Fatalf("%d connections, %d as they end", len(whole), len(streamed))
	}
	for i := range whole {
		one, err := (&viewing{}).load(t.Context(), path, &streamed[i])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole[i].Segments, one.Segments); diff != "" || len(one.Segments) == 0 {
			t.Errorf("connection %d alone has other segments (-whole +alone):\n%s", i, diff)
		}
		all := whole[i]
		all.Segments, streamed[i].Segments = nil, nil
		if diff := cmp.Diff(all, streamed[i], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("connection %d as it ends (-whole +streamed):\n%s", i, diff)
		}
	}
}

// A connection that is not in the file, and a file that is gone, are told.
func TestViewTellsWhatIsGone(t *testing.T) {
	path := browsedFile(t, browsed)
	if _, err := (&viewing{}).load(t.Context(), path, &report.Connection{ID: 7}); err == nil || !strings.Contains(err.Error(), "connection 7 is not there any more") {
		t.Errorf("connection 7 of 2: %v", err)
	}
	if _, err := (&viewing{}).load(t.Context(), path+".gone", &report.Connection{}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a file that is gone: %v", err)
	}
}
