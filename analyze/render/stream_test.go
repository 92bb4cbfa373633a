package render

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

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
			if whole.String() != streamed.String() {
				t.Errorf("%s of %s: written\n%s\nstreamed\n%s", f.Name, name, &whole, &streamed)
			}
		}
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
