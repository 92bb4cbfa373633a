package classify

import (
	"testing"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// TestACKsBeyondTwoGiB: an ACK is compared with the beginning of the sequence space only while that is less than half of
// it away; a transfer of more than 2 GiB is acknowledged to its end.
func TestACKsBeyondTwoGiB(t *testing.T) {
	const size = 1 << 20
	var p Pair
	var j Judgement
	seq := wire.Seq(1 << 30)
	judge := func(d uint8, s wire.Segment, at int) {
		s.Frame, s.Time, s.Window, s.IPID = uint32(at+1), capture.Stamp(at)*1e6, 1000, uint16(at)
		p.Judge(d, &s, &j)
	}
	judge(0, wire.Segment{Flags: wire.SYN, Seq: seq}, 0)
	judge(1, wire.Segment{Flags: wire.SYN | wire.ACK, Ack: seq + 1}, 1)
	seq++
	for i := range 6 << 10 { // 6 GiB
		judge(0, wire.Segment{Flags: wire.ACK, Seq: seq, Len: size, Ack: 1}, 2*i+2)
		seq += size
		judge(1, wire.Segment{Flags: wire.ACK, Seq: 1, Ack: seq}, 2*i+3)
		if got := p.Side[0].acked; got != seq || j.RTT == 0 {
			t.Fatalf("after %d MiB: acknowledged up to %d, not %d; round trip %v", i+1, got, seq, j.RTT)
		}
	}
	judge(1, wire.Segment{Flags: wire.ACK, Seq: 1, Ack: seq - 2<<30 + 5}, 20000)
	if got := p.Side[0].acked; got != seq {
		t.Errorf("an ACK of long ago moved the acknowledged number from %d to %d", seq, got)
	}
}
