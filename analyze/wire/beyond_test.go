package wire

import (
	"testing"

	"tcplab/capture"
)

// An IP length that runs past the frame is believed, since tools cut frames and do not say so; how far is told.
func TestBeyondTheFrame(t *testing.T) {
	for _, f := range []*capture.Frame{data4, data6} {
		for _, missing := range []int{0, 1, 6} {
			cut := *f
			cut.Data = f.Data[:len(f.Data)-missing]
			var p Packet
			if kind := Decode(&cut, &p); kind != TCP || p.Segment.Beyond != 0 || p.Segment.Len != 6 {
				t.Errorf("cut by the snap length by %d: kind %d, %d bytes, %d beyond the frame", missing, kind, p.Segment.Len, p.Segment.Beyond)
			}
			cut.WireLen = uint32(len(cut.Data))
			if kind := Decode(&cut, &p); kind != TCP || int(p.Segment.Beyond) != missing || p.Segment.Len != 6 {
				t.Errorf("cut by %d: kind %d, %d bytes, %d beyond the frame", missing, kind, p.Segment.Len, p.Segment.Beyond)
			}
		}
	}
}
