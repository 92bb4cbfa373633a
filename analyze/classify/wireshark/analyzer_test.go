package wireshark

import (
	"testing"
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// A refusal has sequence number 0, which Wireshark takes for the byte after an ISN; the initial round trip runs from SYN to RST.
func TestRefusal(t *testing.T) {
	a := New()
	var last Result
	for _, s := range script(t, "0 > S 0:0 0 1000\n10 < RA -5000:0 1 0") {
		last = a.Segment(&s)
	}
	want := Result{RelSeq: 1, RelAck: 1, NextSeq: 1, ScaleFactor: ScaleUnused, AckRTT: 10 * time.Millisecond, AcksFrame: 1,
		InitialRTT: 10 * time.Millisecond, HasInitialRTT: true, TimeRelative: 10 * time.Millisecond, TimeDelta: 10 * time.Millisecond}
	if last != want {
		t.Errorf("%+v\nwant %+v", last, want)
	}
}

// An ICMP error belongs to the stream of the SYN it quotes, and Wireshark measures the round trip from it.
func TestQuotedSYN(t *testing.T) {
	for _, c := range []struct {
		quoted uint8
		tied   bool
		rtt    time.Duration
	}{{8, false, 10 * time.Millisecond}, {24, true, 6 * time.Millisecond}} {
		a := New()
		list := script(t, handshake)
		a.Segment(&list[0])
		syn := &list[0]
		r, tied := a.ICMP(&wire.ICMP{Frame: 9, Time: syn.Time + capture.Stamp(4*time.Millisecond), Src: syn.Src, Dst: syn.Dst,
			SrcPort: syn.SrcPort, DstPort: syn.DstPort, Seq: syn.Seq, Flags: syn.Flags, QuotedTCP: c.quoted, HeaderLen: 24})
		if tied != c.tied || tied && (r.Stream != 0 || r.RelSeq != 1000) {
			t.Errorf("%d bytes quoted: tied %v, %+v", c.quoted, tied, r)
		}
		a.Segment(&list[1])
		if got := a.Segment(&list[2]).InitialRTT; got != c.rtt {
			t.Errorf("%d bytes quoted: initial RTT %v, want %v", c.quoted, got, c.rtt)
		}
	}
}

// The window scale counts when both SYNs carry it; a SYN's own window is never scaled.
func TestWindowScale(t *testing.T) {
	for _, c := range []struct {
		client, server int // shift, -1 for no option
		factor         int32
		window         uint32
	}{{2, 7, 4, 4000}, {2, -1, ScaleUnused, 1000}, {-1, 7, ScaleUnused, 1000}, {15, 0, 1 << 14, 1000 << 14}} {
		a := New()
		list := script(t, handshake)
		for i, shift := range []int{c.client, c.server} {
			if shift >= 0 {
				list[i].Options.Has, list[i].Options.WindowScale = wire.HasWindowScale, uint8(shift)
			}
			if r := a.Segment(&list[i]); r.Window != 1000 || r.ScaleFactor != 0 {
				t.Errorf("%+v: SYN shows window %d, factor %d", c, r.Window, r.ScaleFactor)
			}
		}
		if r := a.Segment(&list[2]); r.Window != c.window || r.ScaleFactor != c.factor {
			t.Errorf("%+v: window %d, factor %d", c, r.Window, r.ScaleFactor)
		}
	}
}

// A stream whose state has settled costs no memory for a segment that is acknowledged.
func TestAllocations(t *testing.T) {
	a := New()
	for _, s := range script(t, handshake) {
		a.Segment(&s)
	}
	pair := script(t, "20 > PA 1:100 1 1000\n30 < A 1:0 101 1000")
	step := func() {
		for i := range pair {
			a.Segment(&pair[i])
		}
		pair[0].Seq += 100
		pair[1].Ack += 100
	}
	step()
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("%v allocations for a segment and its ACK", n)
	}
}

func BenchmarkSegment(b *testing.B) {
	frames := newChaos(1).frames(4096)
	for b.Loop() {
		a := New()
		for i := range frames {
			a.Segment(&frames[i].segment)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(frames)), "ns/segment")
}
