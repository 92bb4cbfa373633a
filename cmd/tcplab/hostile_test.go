package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"tcplab/capture"
	"tcplab/capture/pcapfile"
	"tcplab/capture/script"
)

// evil is what a hostile peer sends: a script, a way out of attributes and CDATA, terminal escapes of both kinds, bidi
// controls, an invisible space, broken UTF-8, a NUL, a formula, a Markdown link and a table cell.
const evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>]]></failure>\x1b[31m\x1b]0;owned\x07\u009b2J\u202egnp.exe\u2066\u200b\xff\xfe\x00=1+1|`[a](javascript:b)|\r\n12:34:56 "

// hostileCapture writes a capture in which both ends send what is evil, and one segment comes again.
func hostileCapture(t *testing.T, dir, name, more string) string {
	t.Helper()
	n := strconv.Itoa(len(evil))
	end := strconv.Itoa(len(evil) + 1)
	text := "0.000 C > S S 0:0(0) win 64240 <mss 1460>\n0.010 S > C S. 0:0(0) ack 1 win 65160 <mss 1460>\n0.020 C > S . 1:1(0) ack 1 win 502\n" +
		"0.030 C > S P. 1:" + end + "(" + n + ") ack 1 win 502 " + strconv.Quote(evil) + "\n" +
		"0.040 S > C P. 1:" + end + "(" + n + ") ack " + end + " win 502 " + strconv.Quote(evil) + "\n" +
		"0.900 S > C P. 1:" + end + "(" + n + ") ack " + end + " win 502 " + strconv.Quote(evil) + "\n" + strings.ReplaceAll(more, "END", end)
	s, err := script.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := pcapfile.NewWriter(f, pcapfile.Section{OS: evil, Application: evil})
	w.AddInterface(pcapfile.Interface{Link: capture.LinkEthernet, Name: evil, Filter: evil, OS: evil})
	for i := range s.Frames {
		s.Frames[i].Comments = []string{evil}
		if err := w.WriteFrame(&s.Frames[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// raw are characters that must reach no terminal and no page, but for the line end.
var raw = regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f\x{80}-\x{9f}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}]`)

// Hostile bytes pass through every command and every format, and none arrives as it came.
func TestHostileBytesArriveNowhere(t *testing.T) {
	dir := t.TempDir()
	evil1 := hostileCapture(t, dir, "a.pcapng", "1.000 C > S R. END:END(0) ack END win 0\n")
	evil2 := hostileCapture(t, dir, "b.pcapng", "1.000 C > S F. END:END(0) ack END win 0\n")
	junit, notes := filepath.Join(dir, "junit.xml"), filepath.Join(dir, "notes.pcapng")
	commands := [][]string{
		{"diff", evil1, evil2}, {"diff", evil1, evil2, "--format", "json"}, {"diagnose", evil1},
		{"analyze", evil1, "--canonical=host"}, {"analyze", evil1, "--canonical=host", "--format", "json"},
		{"analyze", evil1, "--follow", "0"}, {"analyze", evil1, "--follow", "0", "--hex"}, {"analyze", evil1, "--find", "<script>"},
		{"check", evil1, "--message", evil, "--client-sends", "nothing of the kind", "--junit", junit}, {"check", "--init", evil1},
		{"check", evil1, "--message", "nothing", "--format", "tap"}, {"check", evil1, "--message", "nothing", "--format", "json"},
		{"quiz", evil1, "--key"}, {"quiz", evil1, "--key", "--format", "json"}, {"analyze", evil1, "--annotate", notes},
		{"explain", "close-unread-data", evil1}, {"explain", "closed-port", evil1, "--format", "json"}, {"analyze", evil1, evil2, "--each"},
		{"analyze", evil1, "--conn", "0", "--wireshark", "--raw", "--options"}, {"analyze", evil1, "--conn", "0", "--ascii"},
		{"analyze", evil1, "--conn", "0", "--measures"}, {"analyze", evil1, "--where", "bytes > 0", "--top", "1"},
		{"check", "--init", evil1, "--format", "json"},
	}
	for _, wrong := range [][]string{{"analyze", evil}, {"analyze", evil1, "--where", evil}, {"explain", evil}, {"trace", evil}, {"answers", evil, evil1},
		{"diff", evil, evil1}, {"check", evil1, "--close", evil}, {evil}, {"analyze", "--" + evil}, {"diagnose", evil}, {"view", evil}, {"schema", evil}} {
		status, out, errs := invoke(t, wrong...)
		if status == exitDone || errs == "" {
			t.Errorf("%q: status %d, %s%s", wrong, status, out, errs)
		}
		harmless(t, "an error of "+strings.Join(wrong[:1], " "), out+errs)
	}
	for _, format := range []string{"text", "markdown", "csv", "json", "ndjson", "html", "svg", "svg-sequence", "script"} {
		commands = append(commands, []string{"analyze", evil1, "--conn", "0", "--segments", "--format", format})
	}
	for _, set := range []string{"kurose-v7", "kurose-v8", "vu-a2", "cisco-3whs", "daytime"} {
		commands = append(commands, []string{"answers", set, evil1}, []string{"answers", set, evil1, "--format", "json"})
	}
	for _, args := range commands {
		status, out, errs := invoke(t, args...)
		if status == exitUsage || out == "" && !strings.Contains(strings.Join(args, " "), "diagnose") {
			t.Errorf("%q: status %d, %s", args, status, errs)
		}
		harmless(t, strings.Join(args[:1], " ")+" "+strings.Join(args[2:], " "), out+errs)
	}
	data, err := os.ReadFile(junit)
	if err != nil {
		t.Fatal(err)
	}
	harmless(t, "JUnit", string(data))
	if err := xml.Unmarshal(data, new(struct{})); err != nil {
		t.Errorf("JUnit is no XML: %v", err)
	}
	stored, _ := readStored(t, notes)
	for _, f := range stored.frames {
		if len(f.Comments) != 2 || f.Comments[0] != evil {
			t.Errorf("frame %d: the comment that was there is %q", f.Number, f.Comments)
			continue
		}
		harmless(t, "comments", f.Comments[1])
	}
}

func harmless(t *testing.T, what, text string) {
	t.Helper()
	what = shortened(what)
	if m := raw.FindStringIndex(text); m != nil {
		t.Errorf("%s: %q is written", what, text[max(0, m[0]-30):min(len(text), m[1]+30)])
	}
	if !utf8.ValidString(text) {
		t.Errorf("%s: broken UTF-8 is written", what)
	}
	markup := strings.Contains(what, "html") || strings.Contains(what, "svg") || what == "JUnit" || strings.Contains(what, "markdown")
	if markup && (strings.Contains(text, "<script>alert") || strings.Contains(text, "<img src=x")) {
		t.Errorf("%s: markup of the capture is written as it came", what)
	}
}

// shortened shortens a command for a message.
func shortened(what string) string { return strings.ToValidUTF8(what[:min(len(what), 60)], "?") }
