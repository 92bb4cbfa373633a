package classify

import (
	"testing"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// TestLeaps: gigabytes went by between two segments of a capture. A number far from all others is the connection's when one
// segment and one ACK agree on it; one end's word alone, as a forger has it, is not enough.
func TestLeaps(t *testing.T) {
	var p Pair
	at := uint32(0)
	judge := func(d uint8, s wire.Segment) (j Judgement) {
		at++
		s.Frame, s.Time, s.Window, s.IPID = at, capture.Stamp(at)*1e9, 1000, uint16(at)
		p.Judge(d, &s, &j)
		return j
	}
	const isn, far, farther = wire.Seq(1000), wire.Seq(1001 + 1900<<20), wire.Seq(1001 + 3800<<20)
	judge(0, wire.Segment{Flags: wire.SYN, Seq: isn})
	judge(1, wire.Segment{Flags: wire.SYN | wire.ACK, Ack: isn + 1})
	judge(0, wire.Segment{Flags: wire.ACK, Seq: isn + 1, Len: 100, Ack: 1})
	for range 2 {
		if j := judge(1, wire.Segment{Flags: wire.ACK, Seq: 1, Ack: far}); j.Marks != 0 || p.Side[0].next != isn+101 {
			t.Fatalf("one end's word moved the other to %d: %+v", p.Side[0].next, j)
		}
	}
	if j := judge(0, wire.Segment{Flags: wire.ACK, Seq: far, Len: 100, Ack: 1}); j.Marks != LostSegment || j.Why.N != uint32(far-isn-101) || j.New != 100 {
		t.Errorf("the segment that the ACK announced: %+v", j)
	}
	judge(0, wire.Segment{Flags: wire.ACK, Seq: farther, Len: 100, Ack: 1})
	if j := judge(1, wire.Segment{Flags: wire.ACK, Seq: 1, Ack: farther + 100}); !j.Marks.Any(AckUnseen) {
		t.Errorf("the ACK of a segment that leapt: %+v", j)
	}
	const want = 3800<<20 - 100 // the segment that leapt alone counts too: nothing vouched for it when it came
	if total, acked := p.Side[0].Missing(); total != want || acked != want {
		t.Errorf("%d bytes missing, %d of them acknowledged, want %d", total, acked, want)
	}
}
