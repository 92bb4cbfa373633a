package analyze

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// delivery is a stream that arrives in pieces.
type delivery struct {
	stream []byte
	got    []bool
	sent   map[uint32][2]int // first byte and end of each frame
}

// complete reports whether some place of the stream that holds want has arrived whole.
func (v *delivery) complete(want []byte) bool {
	for i := 0; i+len(want) <= len(v.stream); i++ {
		whole := bytes.Equal(v.stream[i:i+len(want)], want)
		for j := i; whole && j < i+len(want); j++ {
			whole = v.got[j]
		}
		if whole {
			return true
		}
	}
	return false
}

// Segments of any size, in any order, repeated and overlapping: the bytes are found exactly when the segment comes that
// completes them, at a place that holds them, in frames that carried them.
func TestFindAcrossSegmentsInAnyOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	found := 0
	for round := range 20_000 {
		v := delivery{stream: make([]byte, 1+rnd.IntN(60)), sent: map[uint32][2]int{}}
		v.got = make([]bool, len(v.stream))
		for i := range v.stream {
			v.stream[i] = "ab"[rnd.IntN(2)]
		}
		want := make([]byte, 1+rnd.IntN(6))
		for i := range want {
			want[i] = "ab"[rnd.IntN(2)]
		}
		f := newFinder(want)

		for frame := uint32(1); frame < 25; frame++ {
			from := rnd.IntN(len(v.stream))
			to := min(len(v.stream), from+1+rnd.IntN(9))
			v.sent[frame] = [2]int{from, to}
			f.segment(7, flow.ToClient, 1+wire.Seq(from), &wire.Segment{Frame: frame, Payload: bytes.Clone(v.stream[from:to])})
			for i := from; i < to; i++ {
				v.got[i] = true
			}
			hit := f.conns[7][flow.ToClient].hit
			if (hit != nil) != v.complete(want) {
				t.Fatalf("round %d, frame %d: %q in %q, arrived %v: hit %v", round, frame, want, v.stream, v.got, hit)
			}
			if hit == nil {
				continue
			}
			found++
			at := int(hit.Offset)
			first, last := v.sent[hit.Frame], v.sent[hit.LastFrame]
			around := append(append(bytes.Clone(hit.Before), want...), hit.After...)
			if !bytes.Equal(v.stream[at:at+len(want)], want) || at < first[0] || at >= first[1] || at+len(want) > last[1] || at+len(want) <= last[0] ||
				!bytes.Equal(v.stream[at-len(hit.Before):][:len(around)], around) {
				t.Fatalf("round %d: %q at %d of %q in frames %v to %v: %+v", round, want, at, v.stream, first, last, hit)
			}
			break
		}
	}
	if found < 5000 {
		t.Errorf("only %d rounds had something to find", found)
	}
}

// What a search keeps does not grow with the stream.
func TestFindKeepsOnlyEdges(t *testing.T) {
	f := newFinder([]byte("needle"))
	payload := bytes.Repeat([]byte("hay "), 365)
	s := wire.Segment{Payload: payload}
	seq := wire.Seq(1)
	for i := range 5000 { // every third one is missing
		if s.Frame = uint32(i + 1); i%3 != 0 {
			f.segment(0, flow.ToServer, seq, &s)
		}
		seq += wire.Seq(len(payload))
	}
	e := &f.conns[0][flow.ToServer]
	if len(e.islands) > maxIslands {
		t.Errorf("%d islands", len(e.islands))
	}
	for _, i := range e.islands {
		if cap(i.head.data)+cap(i.tail.data) > 1024 {
			t.Errorf("an island keeps %d and %d bytes", cap(i.head.data), cap(i.tail.data))
		}
	}
	if f.take(0); len(f.conns) != 0 {
		t.Error("a connection that is over is still known")
	}
}

// Offsets go on beyond the wrap of sequence numbers.
func TestFindBeyondTheWrap(t *testing.T) {
	f := newFinder([]byte("needle"))
	e := &search{next: 1<<32 - 3}
	f.conns[0] = &[2]search{flow.ToServer: *e}
	f.segment(0, flow.ToServer, wire.Seq(1<<32-2), &wire.Segment{Frame: 3, Payload: []byte("nee")})
	f.segment(0, flow.ToServer, 1, &wire.Segment{Frame: 4, Payload: []byte("dles")})
	hits := f.take(0)
	if len(hits) != 1 || hits[0].Offset != 1<<32-3 || hits[0].Frame != 3 || hits[0].LastFrame != 4 {
		t.Errorf("found %+v", hits)
	}
}
