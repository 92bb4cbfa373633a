package browse

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"tcplab/analyze"
	"tcplab/analyze/report"
	"tcplab/capture/script"
)

// calls are four connections: one in order, one refused, one with hostile bytes, one with a repetition.
const calls = `
C 10.0.0.1:40000
S 10.0.0.2:80
D 10.0.0.3:443
E 10.0.0.4:7
F 10.0.0.5:9000
0.000 C > S S 0:0(0) win 65000 <mss 1460>
0.001 S > C S. 0:0(0) ack 1 win 65000 <mss 1460>
0.002 C > S . 1:1(0) ack 1 win 65000
0.003 C > S P. 1:6(5) ack 1 win 65000 "hello"
0.004 S > C P. 1:4(3) ack 6 win 65000 "bye"
0.005 C > S F. 6:6(0) ack 4 win 65000
0.006 S > C F. 4:4(0) ack 7 win 65000
0.007 C > S . 7:7(0) ack 5 win 65000
1.000 C > D S 0:0(0) win 65000
1.001 D > C R. 0:0(0) ack 1 win 0
2.000 C > E S 0:0(0) win 65000
2.001 E > C S. 0:0(0) ack 1 win 65000
2.002 C > E . 1:1(0) ack 1 win 65000
2.003 C > E P. 1:25(24) ack 1 win 65000 "\x1b]0;owned\x07\x1b[2J\u202eevil\xff"
3.000 C > F S 0:0(0) win 65000
3.001 F > C S. 0:0(0) ack 1 win 65000
3.002 C > F . 1:1(0) ack 1 win 65000
3.003 C > F P. 1:101(100) ack 1 win 65000
3.300 C > F P. 1:101(100) ack 1 win 65000
3.301 F > C . 1:1(0) ack 101 win 65000
`

// analysed runs the script through the real pipeline.
func analysed(t *testing.T, text string, opt analyze.Options) *report.Report {
	t.Helper()
	s, err := script.Parse(t.Name(), text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyze.Run(context.Background(), analyze.Input{Source: s.Source(), Calls: s.Calls, Facts: s.Facts}, opt)
	if err != nil {
		t.Fatal(err)
	}
	r.Input.Path = "calls.pcapng"
	return r
}

// browser opens calls as the command does: connections first, segments when they are asked for.
func browser(t *testing.T) *Model {
	t.Helper()
	load := func(_ context.Context, c *report.Connection) (*report.Connection, error) {
		r := analysed(t, calls, analyze.Options{Segments: true, Payload: 512, Only: &c.ID})
		return &r.Connections[c.ID], nil
	}
	return New(Data{Report: analysed(t, calls, analyze.Options{}), Load: load}, Look{})
}

// special are the keys that send no text.
var special = map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "down": tea.KeyDown, "up": tea.KeyUp, "right": tea.KeyRight,
	"left": tea.KeyLeft, "end": tea.KeyEnd, "home": tea.KeyHome, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace}

// press sends keys, carries out what they start, and returns the screen. What is not special is typed letter by letter.
func press(m *Model, keys ...string) string {
	for _, k := range keys {
		if code, ok := special[k]; ok {
			send(m, tea.KeyPressMsg{Code: code})
			continue
		}
		for _, r := range k {
			send(m, tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
	return m.View().Content
}

func send(m *Model, msg tea.Msg) {
	if _, cmd := m.Update(msg); cmd != nil {
		m.Update(cmd())
	}
}

func TestKeysLeadToScreens(t *testing.T) {
	for _, tt := range []struct {
		name      string
		keys      []string
		has, lack []string
	}{
		{"connections", nil, []string{"4 connections", "▶  0 10.0.0.1:40000 10.0.0.2:80", "closed-port", "f filter"}, nil},
		{"the refused one says why below", []string{"down"}, []string{"▶  1", "nothing listens on the port"}, nil},
		{"ladder", []string{"enter"}, []string{"connection 0 · 10.0.0.1:40000 → 10.0.0.2:80", "├─ handshake", "SYN 0", "◀─", "─▶", "first of three", "ESTAB/ESTAB"}, nil},
		{"packet", []string{"enter", "/", "hello", "enter", "enter"}, []string{"frame 4 of connection 0 · client → server · PSH,ACK", "68 65 6c 6c 6f", "sequence     1 to 5"}, nil},
		{"its text", []string{"enter", "/", "hello", "enter", "enter", "x"}, []string{"  hello"}, []string{"68 65"}},
		{"the packet after it", []string{"enter", "/", "hello", "enter", "enter", "right"}, []string{"frame 5 of connection 0 · server → client", "62 79 65"}, nil},
		{"back to where it leads", []string{"enter", "enter", "right", "right", "esc"}, []string{"▶  3 "}, nil},
		{"no packet before the first", []string{"enter", "enter", "left"}, []string{"no segment beyond this one", "frame 1 of"}, nil},
		{"findings of everything", []string{"d"}, []string{"what was found on the capture", "closed-port: nothing listens"}, nil},
		{"proof", []string{"d", "/", "closed-port", "enter", "enter"}, []string{"why", "packets      segments 9 and 10", "next"}, nil},
		{"from the proof to its packets", []string{"d", "/", "closed-port", "enter", "enter", "p"}, []string{"connection 1", "▶  9", "RST,ACK", "proves"}, nil},
		{"next mark", []string{"end", "enter", "m", "m"}, []string{"▶ 19", "odd "}, nil},
		{"filter", []string{"f", "port 443", "enter"}, []string{"1 of 4 connections where port 443", "▶  1"}, []string{"10.0.0.2:80"}},
		{"filter that matches nothing", []string{"f", "port 1", "enter", "enter"}, []string{"0 of 4", "nothing to show"}, nil},
		{"filter mistyped", []string{"f", "prot 443", "enter"}, []string{"where: prot 443", "no field of that name, at column 1", "4 connections"}, nil},
		{"filter given up", []string{"f", "port 443", "esc"}, []string{"4 connections", "f filter"}, nil},
		{"sorted by finding", []string{"s"}, []string{"by gravest finding", "▶  1"}, nil},
		{"sorted by bytes", []string{"s", "s"}, []string{"by bytes", "▶  3"}, nil},
		{"search goes on and around", []string{"/", "10.0.0", "enter", "n", "n", "n", "n", "n"}, []string{"▶  1"}, nil},
		{"search backwards", []string{"/", "10.0.0", "enter", "N"}, []string{"▶  3"}, nil},
		{"search in vain", []string{"/", "nowhere", "enter"}, []string{"not found: nowhere", "▶  0"}, nil},
		{"about", []string{"i"}, []string{"calls.pcapng", "TCP 20"}, nil},
		{"help", []string{"?"}, []string{"as analyze --where takes", "the next match", "leave"}, nil},
		{"help twice is help once", []string{"?", "?", "esc"}, []string{"4 connections"}, nil},
		{"the first screen stays", []string{"esc", "esc"}, []string{"4 connections"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			screen := press(browser(t), tt.keys...)
			for _, want := range tt.has {
				if !strings.Contains(screen, want) {
					t.Errorf("no %q on the screen:\n%s", want, screen)
				}
			}
			for _, not := range tt.lack {
				if strings.Contains(screen, not) {
					t.Errorf("%q on the screen:\n%s", not, screen)
				}
			}
		})
	}
}

func TestQuitEnds(t *testing.T) {
	_, cmd := browser(t).Update(tea.KeyPressMsg{Code: 'q', Text: "q"})
	if cmd == nil {
		t.Fatal("q starts nothing")
	}
	if _, ok := cmd().(tea.QuitMsg); !ok {
		t.Errorf("q sends %T", cmd())
	}
}

// In a prompt every key is text: also those that are commands elsewhere.
func TestPromptTakesEveryLetter(t *testing.T) {
	if screen := press(browser(t), "/", "q?fs", "backspace"); !strings.Contains(screen, "/q?f_") {
		t.Errorf("the prompt is not there:\n%s", screen)
	}
}

// The screen is as high as the window and no line wider, on every screen and in every size.
func TestEveryScreenFitsEveryWindow(t *testing.T) {
	walks := [][]string{nil, {"enter"}, {"enter", "end", "enter"}, {"d"}, {"d", "enter"}, {"?"}, {"i"}, {"f", "port 443 and"}, {"f", "prot", "enter"}}
	for _, walk := range walks {
		m := browser(t)
		press(m, walk...)
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {40, 10}, {20, 6}, {1, 1}} {
			m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			lines := strings.Split(m.View().Content, "\n")
			if len(lines) > max(size[1], 6) {
				t.Errorf("%v at %v: %d lines", walk, size, len(lines))
			}
			for _, line := range lines {
				if n := len([]rune(line)); n > max(size[0], 20) {
					t.Errorf("%v at %v: %d columns: %q", walk, size, n, line)
				}
			}
		}
	}
}

// What a capture carries never reaches the terminal as a command, on no screen and by no search.
func TestHostileBytesStayText(t *testing.T) {
	m := browser(t)
	for _, keys := range [][]string{{"down", "down", "enter"}, {"/", "owned", "enter"}, {"enter"}, {"x"}, {"/", "evil", "enter"}} {
		screen := press(m, keys...)
		for _, r := range screen {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar) {
				t.Fatalf("after %v: %U on the screen:\n%q", keys, r, screen)
			}
		}
	}
	if screen := press(m); !strings.Contains(screen, `\x1b]0;owned\x07`) {
		t.Errorf("the bytes are not shown:\n%s", screen)
	}
}

func TestColourIsOnlyAnAddition(t *testing.T) {
	plain, coloured := browser(t), browser(t)
	coloured.look.Color = true
	if s := press(coloured, "enter"); !strings.Contains(s, "\x1b[7m") {
		t.Errorf("the chosen row does not stand out:\n%q", s)
	}
	if s := press(plain, "enter"); strings.Contains(s, "\x1b") || !strings.Contains(s, "▶ ") {
		t.Errorf("without colour:\n%q", s)
	}
}

// While a connection is read one can go elsewhere; what arrives then is not wanted any more.
func TestLateConnectionIsDropped(t *testing.T) {
	m := browser(t)
	_, cmd := m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	if s := m.View().Content; !strings.Contains(s, "reading connection 0") {
		t.Fatalf("nothing says that it is read:\n%s", s)
	}
	press(m, "esc")
	m.Update(cmd())
	if s := m.View().Content; !strings.Contains(s, "4 connections") {
		t.Errorf("the late connection was opened:\n%s", s)
	}
}

func TestUnreadableConnectionIsTold(t *testing.T) {
	m := browser(t)
	m.data.Load = func(context.Context, *report.Connection) (*report.Connection, error) {
		return nil, errors.New("calls.pcapng: gone")
	}
	if s := press(m, "enter"); !strings.Contains(s, "calls.pcapng: gone") || !strings.Contains(s, "4 connections") {
		t.Errorf("after a failure:\n%s", s)
	}
	m.data.Report.Connections[0].Frames = Most + 1
	if s := press(m, "enter"); !strings.Contains(s, "too many for a window") {
		t.Errorf("a connection without bound:\n%s", s)
	}
}

// What was sent twice counts once, as in the table of analyze.
func TestBytesSentAgainCountOnce(t *testing.T) {
	m := browser(t)
	m.Update(tea.WindowSizeMsg{Width: 100, Height: 24})
	for line := range strings.Lines(m.View().Content) {
		if strings.Contains(line, "10.0.0.5:9000") {
			if fields := strings.Fields(line); !slices.Contains(fields, "100") || slices.Contains(fields, "200") {
				t.Errorf("100 bytes sent twice: %s", line)
			}
			return
		}
	}
	t.Error("the connection is not listed")
}

// An attempt that sent nothing has no connection, and a cause all the same: the first screen says it, and leads to its proof.
func TestFindingsWithoutAConnection(t *testing.T) {
	r := analysed(t, calls, analyze.Options{})
	r.Findings, r.Connections = r.Connections[1].Findings, nil
	m := New(Data{Report: r}, Look{})
	for _, step := range []struct{ key, want string }{{"", "nothing listens on the port (closed-port"}, {"enter", "▶      error    likely   closed-port"}, {"enter", "next"}, {"p", "belongs to no connection"}} {
		if screen := press(m, step.key); !strings.Contains(screen, step.want) {
			t.Errorf("no %q after %q:\n%s", step.want, step.key, screen)
		}
	}
}
