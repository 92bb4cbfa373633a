package render

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// raw finds what must never reach a reader: controls other than the line end, bidi and zero-width characters.
var raw = regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f\x{80}-\x{9f}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}]`)

// textual returns the formats that people read as text. JSON is for programs, and an image of pixels obeys nobody.
func textual() []Format {
	return slices.DeleteFunc(Formats(), func(f Format) bool { return f.Name == "json" || f.Name == "ndjson" || f.Binary })
}

// hostileOutputs writes the hostile report in every format and shape that people look at.
func hostileOutputs(t *testing.T) map[string][]byte {
	out := map[string][]byte{}
	for _, f := range textual() {
		for _, o := range []Options{{Conn: -1, Segments: true, Raw: true, ShowOptions: true}, {Conn: -1}, {Conn: -1, FindingsOnly: true}, {Conn: 0, Segments: true, ASCII: true}} {
			out[fmt.Sprintf("%s %+v", f.Name, o)] = write(t, f, "hostile", o)
		}
	}
	plain := hostileReport() // as a plain capture: other parts of the renderers
	plain.Timeline, plain.Scenario, plain.Calls = nil, nil, nil
	for _, f := range textual() {
		var b bytes.Buffer
		if err := f.Write(&b, plain, Options{Conn: -1, Segments: true, Width: 160}); err != nil {
			t.Fatal(err)
		}
		out["plain "+f.Name] = b.Bytes()
	}
	return out
}

func TestHostileBytesReachNobodyRaw(t *testing.T) {
	outputs := hostileOutputs(t)
	for _, f := range []Format{JSON, NDJSON} {
		outputs[f.Name] = write(t, f, "hostile", Options{Conn: -1, Segments: true})
	}
	for name, out := range outputs {
		if !utf8.Valid(out) {
			t.Errorf("%s: invalid UTF-8 gets through", name)
		}
		if found := raw.FindIndex(out); found != nil {
			t.Errorf("%s: %q gets through: …%q…", name, out[found[0]:found[1]], out[max(0, found[0]-40):min(len(out), found[1]+40)])
		}
	}
}

func TestHostileMarkupIsText(t *testing.T) {
	for name, out := range hostileOutputs(t) {
		if strings.Contains(name, "text") || strings.Contains(name, "csv") || strings.Contains(name, "script") {
			continue // these have no markup
		}
		if strings.Contains(name, "markdown") {
			out = regexp.MustCompile("(?m)^    .*$").ReplaceAll(out, nil) // code, where markup is none
		}
		for _, tag := range []string{"<script>alert", "<img src=x"} {
			if bytes.Contains(out, []byte(tag)) {
				t.Errorf("%s: %s gets through", name, tag)
			}
		}
	}
}

func TestHostileMarkdownStaysInItsCell(t *testing.T) {
	for line := range strings.Lines(string(write(t, Markdown, "hostile", Options{Conn: -1, Segments: true}))) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		if n := len(regexp.MustCompile(`(^|[^\\])\|`).FindAllString(line, -1)); n != 11 && n != 12 {
			t.Errorf("a table line of %d bars: %s", n, line)
		}
	}
}

func TestNoLineIsTooWide(t *testing.T) {
	all := reports()
	all["vast"] = vastReport()
	for name, r := range all {
		for width := 80; width <= 200; width += 7 {
			for _, o := range []Options{{Conn: -1}, {Conn: 0, Raw: true, ShowOptions: true}, {Conn: -1, FindingsOnly: true}, {Conn: -1, ASCII: true}} {
				o.Width = width
				if o.Conn == 0 {
					o.Conn = int(r.Connections[0].ID)
				}
				var out bytes.Buffer
				if err := Text.Write(&out, r, o); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(out.String()) {
					if w := texttab.Width(strings.TrimSuffix(line, "\n")); w > width {
						t.Fatalf("%s, %+v: a line of %d columns: %s", name, o, w, line)
					}
					if o.ASCII && strings.IndexFunc(line, func(r rune) bool { return r > '~' }) >= 0 {
						t.Fatalf("%s: not ASCII: %s", name, line)
					}
				}
			}
		}
	}
}

// vastReport has the longest numbers there can be.
func vastReport() *report.Report {
	r := midstreamReport()
	c := &r.Connections[0]
	c.ID = 1<<32 - 1
	c.Duration = 1 << 60
	c.ClientToServer.UniqueBytes = 1 << 63
	for i := range c.Segments {
		g := &c.Segments[i]
		g.Frame, g.Seq, g.Ack, g.Len, g.Window, g.Flags = 1<<32-1-uint32(i), 1<<36, 1<<36, 1<<31, 1<<30, "FP.UEWe"
		g.Time = report.Seconds(300 * time.Hour)
	}
	r.Scenario = &report.Scenario{Name: "vast"}
	return r
}

func TestSpreadsheetsRunNothing(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "-1.5": "-1.5", "-cmd": "'-cmd", "+x": "'+x", "a=b": "a=b"} {
		if got := plainField(in); got != want {
			t.Errorf("plainField(%q) = %q, want %q", in, got, want)
		}
	}
}
