package classify

import (
	"math/rand/v2"
	"testing"
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// naive is a set of numbers kept one by one: what the sets of spans must agree with.
type naive map[wire.Seq]bool

func (n naive) span(sp span, in bool) (changed uint32) {
	for s := sp.start; s != sp.end; s++ {
		if n[s] != in {
			changed++
		}
		n[s] = in
	}
	return changed
}

func (n naive) count() (total uint64) {
	for _, in := range n {
		if in {
			total++
		}
	}
	return total
}

// near is a number around the wrap at 2³².
func near(rnd *rand.Rand) wire.Seq { return wire.Seq(rnd.IntN(400)) - 200 }

func randomSpan(rnd *rand.Rand) span {
	start := near(rnd)
	return span{start, start + wire.Seq(rnd.IntN(40))}
}

func TestSpanSetAgreesWithNaiveSet(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var set spanSet
		want := naive{}
		for range 30 {
			sp := randomSpan(rnd)
			var grew bool
			set, grew = set.add(sp)
			if changed := want.span(sp, true); grew != (changed > 0) {
				t.Fatalf("add %v grew: %v, %d numbers are new", sp, grew, changed)
			}
			total := uint64(0)
			for i, s := range set {
				total += uint64(s.len())
				if i > 0 && !set[i-1].end.Less(s.start) {
					t.Fatalf("spans %v and %v touch", set[i-1], s)
				}
			}
			if total != want.count() {
				t.Fatalf("%d numbers, want %d", total, want.count())
			}
			probe := randomSpan(rnd)
			all := true
			for s := probe.start; s != probe.end; s++ {
				all = all && want[s]
			}
			if probe.len() > 0 && set.holds(probe) != all {
				t.Fatalf("holds %v: %v, want %v", probe, set.holds(probe), all)
			}
		}
		low := near(rnd)
		set = set.below(low)
		if len(set) > 0 && set[0].start.Less(low) {
			t.Fatalf("below %d left %v", low, set[0])
		}
	}
}

func TestGapsAgreeWithNaiveSet(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var g gaps
		want := naive{}
		at := ^wire.Seq(299)
		for range 10 {
			at += wire.Seq(1 + rnd.IntN(20))
			sp := span{at, at + wire.Seq(1+rnd.IntN(30))}
			at = sp.end
			g = g.open(gap{span: sp})
			want.span(sp, true)
		}
		for range 20 {
			start := ^wire.Seq(299) + wire.Seq(rnd.IntN(500))
			sp := span{start, start + wire.Seq(rnd.IntN(60))}
			var filled uint32
			g, filled, _ = g.fill(sp)
			if missing := want.span(sp, false); filled != missing {
				t.Fatalf("fill %v: %d, want %d", sp, filled, missing)
			}
			if g.total() != want.count() {
				t.Fatalf("%d numbers missing, want %d", g.total(), want.count())
			}
		}
	}
}

func TestFlightsKarn(t *testing.T) {
	ms := func(n int64) capture.Stamp { return capture.Stamp(n * 1e6) }
	once := flight{span: span{1, 101}, first: ms(0), last: ms(0), tries: 1}
	twice := flight{span: span{1, 101}, first: ms(0), last: ms(300), tsval: 77, tries: 2}
	for _, tt := range []struct {
		name      string
		f         flight
		ack       wire.Seq
		tsecr     uint32
		rtt       time.Duration
		ambiguous bool
	}{
		{"sent once", once, 101, 0, 310 * time.Millisecond, false},
		{"sent twice: no sample (RFC 6298, 3)", twice, 101, 0, 0, true},
		{"sent twice, the echo names the second copy", twice, 101, 77, 10 * time.Millisecond, false},
		{"acknowledged in the middle: no sample", once, 51, 0, 0, false},
	} {
		var q flights
		q.push(tt.f)
		rtt, ended := q.ack(tt.ack, teller{now: ms(310), tsecr: tt.tsecr})
		if rtt != tt.rtt || ended.Ambiguous != tt.ambiguous || ended.PostLoss {
			t.Errorf("%s: %v, %+v; want %v, ambiguous %v", tt.name, rtt, ended, tt.rtt, tt.ambiguous)
		}
	}
}

// The ACK of a segment that was sent once waited for the one before it.
func TestFlightsPostLoss(t *testing.T) {
	ms := func(n int64) capture.Stamp { return capture.Stamp(n * 1e6) }
	var q flights
	q.push(flight{span: span{1, 101}, first: ms(0), last: ms(300), tries: 2})
	q.push(flight{span: span{101, 151}, first: ms(1), last: ms(1), tries: 1})
	want := Answered{Size: 50, SinceLast: 309 * time.Millisecond, PostLoss: true}
	if rtt, ended := q.ack(151, teller{now: ms(310)}); rtt != 0 || ended != want {
		t.Errorf("%v, %+v; want no round trip, %+v", rtt, ended, want)
	}
}

func TestFlightsAreBounded(t *testing.T) {
	var q flights
	for i := range 3 * maxFlights {
		q.push(flight{span: span{wire.Seq(i), wire.Seq(i + 1)}})
	}
	if n := len(q.all()); n > maxFlights {
		t.Errorf("%d flights are kept", n)
	}
}

func TestJudgeAllocatesNothing(t *testing.T) {
	var p Pair
	var j Judgement
	seq := wire.Seq(1)
	step := func() {
		data := wire.Segment{Flags: wire.ACK, Seq: seq, Ack: 1, Len: 100, Window: 500, IPID: uint16(seq)}
		p.Judge(0, &data, &j)
		seq += 100
		ack := wire.Segment{Flags: wire.ACK, Seq: 1, Ack: seq, Window: 500, IPID: uint16(seq)}
		p.Judge(1, &ack, &j)
	}
	step()
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("%v allocations for two segments", n)
	}
}
