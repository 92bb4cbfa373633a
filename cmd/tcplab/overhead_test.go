package main

import (
	"slices"
	"testing"
	"time"

	"tcplab/analyze/report"
)

// mostOverhead is what a run may take beyond the exchange itself, also on a machine that runs other tests beside: starting
// two processes and a capture, waiting for the wire to be silent, taking the facts, analysing and printing. What it takes
// on an idle one is the benchmark's to say.
const mostOverhead = 1500 * time.Millisecond

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

// The median says what a user usually waits for; one run that the machine kept waiting does not move it.
func TestTraceIsQuick(t *testing.T) {
	needs(t, "capture")
	if raceDetector {
		t.Skip("the race detector makes everything slow")
	}
	var took [5]time.Duration
	for i := range took {
		took[i] = overhead(t)
	}
	slices.Sort(took[:])
	if median := took[len(took)/2]; median > mostOverhead {
		t.Errorf("trace takes %v beyond the exchange, at most %v are allowed: %v", median, mostOverhead, took)
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
