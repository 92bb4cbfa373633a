package wireshark

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze/classify"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// Every way in which two single judgements can differ has its words, and agreement has none.
func TestExplainIsComplete(t *testing.T) {
	const own = classify.Offload // the last
	for ours := classify.Marks(0); ours <= own; ours = max(1, ours<<1) {
		for theirs := Marks(0); theirs <= ReusedPorts; theirs = max(1, theirs<<1) {
			text := Explain(ours, classify.Why{}, theirs, wire.ACK)
			same := ours&^classify.Offload == theirs.Classify()
			if same != (text == "") {
				t.Errorf("ours %v, Wireshark %q: %q", ours.Names(), theirs.Field(), text)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		own    classify.Marks
		reason classify.Reason
		theirs Marks
		says   string
	}{
		{classify.DuplicateCapture, classify.CapturedTwice, Retransmission | SpuriousRetransmission, "the capture holds twice"},
		{classify.Retransmission, classify.Early, OutOfOrder, "initial round trip"},
		{classify.OutOfOrder, classify.ReorderedByTimestamp, Retransmission, "not by their timestamps"},
		{classify.FastRetransmission, classify.FastSACKHole, Retransmission, "does not follow SACK"},
		{classify.FastRetransmission, classify.FastDupAcks, Retransmission, "20 ms"},
		{classify.FastRetransmission, classify.FastDupAcks, Retransmission | FastRetransmission, ""},
		{classify.ZeroWindowProbe, classify.ProbeOfClosedWindow, KeepAlive, "Linux probes without data"},
		{classify.DuplicateAck, classify.AckRepeated, WindowUpdate, "SACK blocks"},
		{0, 0, KeepAlive, "FIN overtook"},
		{classify.ZeroWindow, classify.NoReason, ZeroWindow | AckLostSegment, "contiguous"},
		{0, 0, TFOSyn, ""},
	} {
		got := Explain(c.own, classify.Why{Reason: c.reason}, c.theirs, wire.ACK)
		if !strings.Contains(got, c.says) || c.says == "" && got != "" {
			t.Errorf("ours %v, Wireshark %#x: %q, want %q", c.own.Names(), c.theirs, got, c.says)
		}
	}
}

// TestExplainRealCaptures runs both judgements over the real captures: every difference gets words, and the log counts them.
func TestExplainRealCaptures(t *testing.T) {
	dir := captures(t)
	counts, segments, differ := make(map[string]int), 0, 0
	for _, file := range captureFiles(t, dir) {
		src, err := pcapfile.Open(filepath.Join(dir, file))
		if err != nil {
			continue
		}
		var (
			f     capture.Frame
			p     wire.Packet
			a     = New()
			pairs = make(map[uint32]*classify.Pair)
			j     classify.Judgement
		)
		for src.Next(&f) == nil {
			if wire.Decode(&f, &p) != wire.TCP {
				continue
			}
			s := &p.Segment
			r := a.Segment(s)
			if pairs[r.Stream] == nil {
				pairs[r.Stream] = new(classify.Pair)
			}
			_, d := (&header{src: s.Src, dst: s.Dst, srcPort: s.SrcPort, dstPort: s.DstPort}).key()
			pairs[r.Stream].Judge(uint8(d), s, &j)
			own := j.Marks | r.Marks.Classify()&classify.PortReused // the flow table's mark: streams are Wireshark's here
			segments++
			if own&^classify.Offload == r.Marks.Classify() {
				continue
			}
			differ++
			text := Explain(own, j.Why, r.Marks, s.Flags)
			if text == "" {
				t.Errorf("%s frame %d: ours %v, Wireshark %#x: no words", file, f.Number, own.Names(), r.Marks)
			}
			counts[text]++
		}
		src.Close()
	}
	t.Logf("%d segments, %d judged differently", segments, differ)
	for _, text := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Compare(counts[b], counts[a]) }) {
		t.Logf("%6d %s", counts[text], text)
	}
}
