package render

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// What a stream writes of the connections is what the whole report writes.
func TestStreamsWriteWhatWriteWrites(t *testing.T) {
	for _, f := range Formats() {
		if f.Stream == nil {
			continue
		}
		r := resetReport()
		var whole, streamed bytes.Buffer
		o := Options{Conn: -1, Width: 120}
		if err := f.Write(&whole, r, o); err != nil {
			t.Fatal(err)
		}
		if err := writeStream(f.Stream(&streamed, o), r); err != nil {
			t.Fatal(err)
		}
		if f.Name != "text" && whole.String() != streamed.String() {
			t.Errorf("%s: written\n%s\nstreamed\n%s", f.Name, &whole, &streamed)
		}
		// The text's summary is known at the end only, and its columns cannot fit what has not been seen.
		for _, word := range []string{"192.168.1.102:1161", "closed-port", "431 packets", "UDP 20"} {
			if f.Name == "text" && !strings.Contains(streamed.String(), word) {
				t.Errorf("the streamed text lacks %q:\n%s", word, &streamed)
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
