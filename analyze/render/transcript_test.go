package render

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// spoken is a report of one connection whose ends said data, and nothing else of note.
func spoken(chunks ...report.Chunk) *report.Report {
	r := resetReport()
	r.Connections = r.Connections[:1]
	r.Connections[0].ID, r.Connections[0].Transcript = 0, chunks
	return r
}

func transcriptOf(t *testing.T, r *report.Report, o Options) string {
	t.Helper()
	var out bytes.Buffer
	o.Follow = true
	if err := Text.Write(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Whatever was sent: no line is wider than the page, no byte reaches the terminal, and in hexadecimal none is missing.
func TestTranscriptShowsEveryByteSafely(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	data := make([]byte, 9000)
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	copy(data[4000:], strings.Repeat("日本🙂\u202e\x1b]0;pwned\a", 100))
	r := spoken(report.Chunk{Dir: "c2s", Offset: 1 << 40, Frame: 1<<32 - 1, Data: data},
		report.Chunk{Dir: "s2c", Offset: 0, Frame: 7, Data: []byte(strings.Repeat("x", 5000))})
	for _, o := range []Options{{Width: 80}, {Width: 133}, {Width: 80, Hex: true}, {Width: 80, ASCII: true}} {
		out := transcriptOf(t, r, o)
		for line := range strings.Lines(out) {
			if w := texttab.Width(strings.TrimSuffix(line, "\n")); w > o.Width {
				t.Fatalf("%+v: a line of %d columns: %s", o, w, line)
			}
		}
		if found := raw.FindString(out); found != "" {
			t.Errorf("%+v: %q gets through", o, found)
		}
		if !o.Hex && strings.Count(out, "x")-strings.Count(out, `\x`) < 5000 {
			t.Errorf("%+v: only %d of 5000 x", o, strings.Count(out, "x"))
		}
	}
	var hex strings.Builder
	for line := range strings.Lines(transcriptOf(t, r, Options{Width: 80, Hex: true})) {
		if _, dump, ok := strings.Cut(line, " → "); ok && strings.HasPrefix(line, "1000000") {
			hex.WriteString(strings.ReplaceAll(dump[:40], " ", ""))
		}
	}
	if want := fmt.Sprintf("%x", data); hex.String() != want {
		t.Errorf("the dump holds %d hex digits that differ from the %d sent", hex.Len(), len(want))
	}
}

func TestTranscriptGolden(t *testing.T) {
	r := spoken(report.Chunk{Dir: "c2s", Frame: 4, Data: []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n")},
		report.Chunk{Dir: "s2c", Frame: 6, Data: []byte("HTTP/1.1 200 OK\r\n")},
		report.Chunk{Dir: "s2c", Offset: 17, Missing: 1460}, report.Chunk{Dir: "s2c", Offset: 1477, Frame: 8, Missing: 4})
	golden(t, "text/follow.txt", []byte(transcriptOf(t, r, Options{Width: 80})))
	golden(t, "text/follow-hex.txt", []byte(transcriptOf(t, r, Options{Width: 80, Hex: true, ASCII: true})))
}
