package render

import (
	"strings"
	"testing"
	"time"

	"tcplab/analyze/report"
)

// What is said of the clocks says what it rests on, and claims no more than that.
func TestClocksInWords(t *testing.T) {
	slow := -12.5
	const ms = report.Seconds(time.Millisecond)
	for _, x := range []struct {
		clock report.JoinedClock
		want  string
	}{
		{report.JoinedClock{Basis: "one clock"}, "both captures were made by one clock: the times on the way are exact"},
		{report.JoinedClock{Basis: "both ways", Offset: 3200 * ms, Bound: 20 * ms, There: 5, Back: 4},
			"the server's clock is 3.200 s ahead of the client's, ± 20.000 ms: half the shortest round trip, of 5 packets there and 4 back"},
		{report.JoinedClock{Basis: "both ways", Offset: -50 * ms, Bound: ms, Skew: &slow}, "behind the client's, ± 1.000 ms"},
		{report.JoinedClock{Basis: "both ways", Offset: -50 * ms, Bound: ms, Skew: &slow}, "it runs 12.5 ppm slower"},
		{report.JoinedClock{Basis: "both ways", Offset: ms / 2, Bound: ms}, "the two clocks agree, ± 1.000 ms"},
		{report.JoinedClock{Basis: "one way", Offset: 5 * ms}, "if packets take no time"},
		{report.JoinedClock{Basis: "none"}, "not known"},
		{report.JoinedClock{Basis: "stepped"}, "do not compare"},
	} {
		if _, got := clockText(&x.clock); !strings.Contains(got, x.want) {
			t.Errorf("%+v:\n%s\nwant\n%s", x.clock, got, x.want)
		}
	}
}

// Each fate has its words at the segment and its line in the summary; a segment that simply arrived has none.
func TestFatesInWords(t *testing.T) {
	for fate, want := range map[string]string{
		"arrived": "", "recut": "", "lost": "lost on the way: it never reached the server", "injected": "made on the way: the client did not send it",
		"missed": "the client's capture missed it", "unsent": "made on the way, or missed there", "copied": "copied on the way",
		"unwatched": "only one capture was running",
	} {
		g := &report.Segment{Dir: "c2s", Ends: &report.SegmentEnds{Fate: fate}}
		if got := marksText(g); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, want %q", fate, got, want)
		}
	}
	g := &report.Segment{Dir: "s2c", Ends: &report.SegmentEnds{Fate: "arrived", Late: true, Copies: 1, Changed: []report.Change{{Field: "mss", Sent: "1460", Arrived: "1200"}}}}
	if got := marksText(g); got != "arrived 2 times: copied on the way; overtaken on the way by what was sent later; changed on the way: MSS 1460 → 1200" {
		t.Errorf("%q", got)
	}
	one := []uint32{7}
	w := report.Way{Lost: one, Injected: one, Copied: one, Late: one, Changed: one, Recut: one, Missed: one, Unsent: one, Unwatched: one, LostBytes: 45}
	c := &report.Connection{Ends: &report.Ends{ClientToServer: w}}
	lines := endsLines(c)
	if len(lines) != 10 || lines[1].text != "1 segment of the client with 45 bytes never reached the server (segment 7)" {
		t.Errorf("%+v", lines)
	}
}
