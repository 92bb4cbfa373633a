package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// What a stream writes is what the whole report writes.
func TestStreamsWriteWhatWriteWrites(t *testing.T) {
	for _, f := range Formats() {
		for name, r := range reports() {
			if f.Stream == nil {
				continue
			}
			var whole, streamed bytes.Buffer
			o := Options{Conn: -1, Width: 120}
			if err := f.Write(&whole, r, o); err != nil {
				t.Fatal(err)
			}
			if err := writeStream(f.Stream(&streamed, o), r); err != nil {
				t.Fatal(err)
			}
			if f.Name == JSON.Name { // what is known at the end stands at the end
				if r.Schema == report.Schema {
					sameJSON(t, name, whole.Bytes(), streamed.Bytes())
				}
				continue
			}
			if whole.String() != streamed.String() {
				t.Errorf("%s of %s: written\n%s\nstreamed\n%s", f.Name, name, &whole, &streamed)
			}
		}
	}
}

func sameJSON(t *testing.T, name string, a, b []byte) {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y)); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, b)
	}
	if !reflect.DeepEqual(x, y) {
		t.Errorf("%s: written\n%s\nstreamed\n%s", name, a, b)
	}
}

// crowd is a capture of n connections like those of resetReport.
func crowd(n int) *report.Report {
	r := resetReport()
	three := r.Connections
	r.Connections = nil
	for i := range n {
		c := three[i%3]
		c.ID = uint32(i)
		r.Connections = append(r.Connections, c)
	}
	return r
}

// Of many connections the text writes each as soon as it comes, and the summary below.
func TestLongTextStreams(t *testing.T) {
	r := crowd(2 * texttab.Many)
	var out bytes.Buffer
	s := newTextStream(&out, Options{Conn: -1})
	for i := range r.Connections {
		if err := s.Connection(&r.Connections[i]); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() == 0 {
		t.Error("nothing is written before the end")
	}
	if err := s.Finish(r); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if rows := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "431 packets") }); rows < 2*texttab.Many {
		t.Errorf("the summary stands in line %d, before the last row", rows)
	}
	if !strings.Contains(out.String(), "2000 connections") {
		t.Error("the summary does not count the connections")
	}
	for _, line := range lines {
		if texttab.Width(line) > 80 {
			t.Fatalf("a line of %d columns: %s", texttab.Width(line), line)
		}
	}
}

// Of many connections findings alone are told by the first that shows each, and no other connection is held.
func TestLongDiagnosisStreams(t *testing.T) {
	r := crowd(3 * texttab.Many)
	var out bytes.Buffer
	s := newTextStream(&out, Options{Conn: -1, FindingsOnly: true}).(*textStream)
	for i := range r.Connections {
		if err := s.Connection(&r.Connections[i]); err != nil {
			t.Fatal(err)
		}
	}
	if s.held != nil || len(s.rest.kept) == 0 || len(s.rest.kept) > 3 {
		t.Errorf("%d connections are held, %d kept", len(s.held), len(s.rest.kept))
	}
	last := *r
	last.Connections = nil
	if err := s.Finish(&last); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Connections[:3] {
		for _, f := range c.Findings {
			if n := strings.Count(out.String(), f.Title); n != 1 {
				t.Errorf("%q stands %d times in\n%s", f.Title, n, &out)
			}
		}
	}
	if !strings.Contains(out.String(), "and 991 more") { // 1,000 show it: the first by name, eight in the list
		t.Errorf("the others are not counted:\n%s", &out)
	}
}

// An open question is printed once, also where a connection is kept for another verdict beside it.
func TestAnOpenQuestionIsAskedOnce(t *testing.T) {
	possible := func(cause string) report.Finding {
		return report.Finding{Cause: cause, Title: "title of " + cause, Level: "possible", Severity: "error", Frames: []uint32{1}, Calls: []uint32{}, Evidence: []string{"proof"}}
	}
	note := possible("novelty")
	note.Level, note.Severity = "certain", "note"
	for _, many := range []int{3, 2 * texttab.Many} {
		r := crowd(many)
		for i := range r.Connections {
			r.Connections[i].Findings = []report.Finding{possible("one"), possible("another")}
		}
		last := &r.Connections[many-1]
		last.Findings = append(last.Findings, note)
		var out bytes.Buffer
		s := newTextStream(&out, Options{Conn: -1, FindingsOnly: true})
		for i := range r.Connections {
			if err := s.Connection(&r.Connections[i]); err != nil {
				t.Fatal(err)
			}
		}
		rest := *r
		rest.Connections = nil
		if err := s.Finish(&rest); err != nil {
			t.Fatal(err)
		}
		for _, f := range last.Findings {
			if n := strings.Count(out.String(), f.Title); n != 1 {
				t.Errorf("of %d: %q stands %d times in\n%s", many, f.Title, n, &out)
			}
		}
	}
}

// failing is a writer that fails from the start, as a closed pipe does.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestEveryFormatReportsAFailedWrite(t *testing.T) {
	for _, f := range Formats() {
		if err := f.Write(failing{}, longReport(3000), Options{Conn: -1, Segments: true}); err == nil {
			t.Errorf("%s does not tell that nothing was written", f.Name)
		}
	}
}

func BenchmarkTextRow(b *testing.B) {
	s := newTextStream(io.Discard, Options{Conn: -1, Width: 80})
	c := &helloReport().Connections[0]
	for range texttab.Many { // until the table begins
		s.Connection(c)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Connection(c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCSVRow(b *testing.B) {
	s := newCSV(io.Discard, Options{Conn: -1})
	c := &helloReport().Connections[0]
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Connection(c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	r := longReport(10_000)
	for b.Loop() {
		if err := HTML.Write(io.Discard, r, Options{Conn: -1}); err != nil {
			b.Fatal(err)
		}
	}
}

// Connections that share a list of exclusions, or a part of one, are written as if each had its own.
func TestSharedExclusionsAreWrittenWhole(t *testing.T) {
	list := []report.Exclusion{{Cause: "connlimit", Why: "no \"other\" one"}, {Cause: "startup-race", Why: "none later"}}
	alone := []report.Exclusion{{Cause: "wrong-port", Why: "it is right"}}
	var out, want bytes.Buffer
	s := newLines(&out, Options{Conn: -1})
	for i, excluded := range [][]report.Exclusion{list, list, list[:1], nil, alone, list[1:], list} {
		c := report.Connection{ID: uint32(i), Findings: []report.Finding{{Cause: "closed-port", Excluded: excluded}}}
		if err := s.Connection(&c); err != nil {
			t.Fatal(err)
		}
		want.Write(append(new(encoder).connection(nil, &c), '\n'))
	}
	if err := s.Finish(&report.Report{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), want.Bytes()) {
		t.Errorf("written\n%s\nwant\n%s", &out, &want)
	}
}

// A list of exclusions that stands in the output a hundred times is referred to from then on, by the connection that has it.
func TestLongRepetitionsAreReferredTo(t *testing.T) {
	list := []report.Exclusion{{Cause: "connlimit", Why: "no other one"}, {Cause: "startup-race", Why: "none later"}}
	var out bytes.Buffer
	s := newLines(&out, Options{Conn: -1})
	for i := range 3 * timesInFull {
		cause := []string{"closed-port", "wrong-port"}[i%2] // each has its own
		c := report.Connection{ID: uint32(i), Findings: []report.Finding{{Cause: cause, Excluded: slices.Clone(list)}}}
		if err := s.Connection(&c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Finish(&report.Report{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for i, line := range lines[:3*timesInFull] {
		var c report.Connection
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		f := &c.Findings[0]
		switch full := i < 2*timesInFull; {
		case full && (f.ExcludedAs != nil || !slices.Equal(f.Excluded, list)), !full && (f.ExcludedAs == nil || *f.ExcludedAs != uint32(i%2) || len(f.Excluded) > 0):
			t.Fatalf("connection %d: %s", i, line)
		}
	}
}

// appendString judges eight characters at a time: each kind must be seen at each of the eight places.
func TestStringsAreEscapedAtEveryPlace(t *testing.T) {
	for _, special := range []string{"\"", "\\", "\n", "\x00", "\x1f", "é", "\u2028", "\xff", "\x7f", "\u009b", "\u202e", "\U000e0041", " ", "!", "#", "["} {
		for at := range 20 {
			s := strings.Repeat("x", at) + special + strings.Repeat("~", 20-at)
			want, err := marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			if got := appendString(nil, s); !bytes.Equal(got, want) {
				t.Errorf("%q: %s, want %s", s, got, want)
			}
		}
	}
}

// What steers a terminal is escaped in JSON, and means the same to who reads that.
func TestJSONSteersNoTerminal(t *testing.T) {
	const evil = "\x1b[31m\u009b2J\x7f\u200b\u202egnp.exe\u2066\u2028\ufeff\U000e0041 Grüße 日本 🙂"
	for _, text := range [][]byte{appendString(nil, evil), Unsteered([]byte(`"` + strings.TrimPrefix(evil, "\x1b") + `"`))} {
		var back string
		if err := json.Unmarshal(text, &back); err != nil || strings.TrimPrefix(back, "\x1b") != strings.TrimPrefix(evil, "\x1b") {
			t.Errorf("%s reads back as %q, %v", text, back, err)
		}
		for _, r := range string(text) {
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Errorf("%U is written: %q", r, text)
			}
		}
		if !strings.Contains(string(text), "Grüße 日本 🙂") {
			t.Errorf("what is no danger is escaped: %s", text)
		}
	}
}
