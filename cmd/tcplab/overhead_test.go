package main

import (
	"testing"
	"time"

	"tcplab/analyze/report"
)

// mostOverhead is what a run may take beyond the exchange itself: starting two processes and a capture, waiting for the
// wire to be silent, taking the facts, analysing and printing.
const mostOverhead = 300 * time.Millisecond

// overhead runs hello once and returns how much longer that took than the exchange.
func overhead(tb testing.TB) time.Duration {
	start := time.Now()
	r := trace(tb, "hello")
	return time.Since(start) - exchange(tb, r)
}

// exchange is the time from the first call of a run to the end of its last.
func exchange(tb testing.TB, r *report.Report) time.Duration {
	tb.Helper()
	if len(r.Calls) == 0 {
		tb.Fatal("no calls")
	}
	first, last := r.Calls[0].Begin, r.Calls[0].Begin
	for _, c := range r.Calls {
		if c.End != nil && c.End.After(last) {
			last = *c.End
		}
	}
	return last.Sub(first)
}

// The best of some runs shows what the program itself takes; the others show what else the machine is doing.
func TestTraceIsQuick(t *testing.T) {
	needs(t, "capture")
	if raceDetector {
		t.Skip("the race detector makes everything slow")
	}
	const tries = 50
	best := overhead(t)
	for i := 0; i < tries && best > mostOverhead; i++ {
		best = min(best, overhead(t))
	}
	if best > mostOverhead {
		t.Errorf("trace takes %v beyond the exchange, at most %v are allowed", best, mostOverhead)
	}
}

func BenchmarkTraceOverhead(b *testing.B) {
	if why := lacks("capture"); why != "" {
		b.Skip(why)
	}
	var total time.Duration
	for b.Loop() {
		total += overhead(b)
	}
	b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "overhead-ms/op")
}
