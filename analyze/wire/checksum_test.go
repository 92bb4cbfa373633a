package wire

import (
	"encoding/binary"
	"testing"

	"tcplab/capture"
)

// withChecksum returns a copy of f, whose TCP header begins at offset tcp, with another checksum.
func withChecksum(f *capture.Frame, tcp int, sum uint16) *capture.Frame {
	c := *f
	c.Data = append([]byte(nil), f.Data...)
	binary.BigEndian.PutUint16(c.Data[tcp+16:], sum)
	return &c
}

// TestVerifyChecksum: data4 is as Linux hands it to lo, with the sum of its pseudo-header, 0xfe2e; the sum over all of
// it was computed by hand.
func TestVerifyChecksum(t *testing.T) {
	for _, c := range []struct {
		name  string
		frame *capture.Frame
		want  ChecksumState
	}{
		{"offload", data4, ChecksumPartial},
		{"offload, IPv6", withChecksum(data6, plainTCP6, 0x002e), ChecksumPartial},
		{"right", withChecksum(data4, plainTCP4, 0x3eca), ChecksumGood},
		{"one bit wrong", withChecksum(data4, plainTCP4, 0x3ecb), ChecksumBad},
		{"payload cut", everyCut(withChecksum(data4, plainTCP4, 0x3eca))[70], ChecksumUnknown},
		{"payload cut, offload", everyCut(data4)[70], ChecksumPartial},
	} {
		var p Packet
		if k := Decode(c.frame, &p); k != TCP {
			t.Fatalf("%s: kind %d", c.name, k)
		}
		if got := p.Segment.VerifyChecksum(); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
		if n := testing.AllocsPerRun(10, func() { p.Segment.VerifyChecksum() }); n != 0 {
			t.Errorf("%s: allocates %v times", c.name, n)
		}
	}
}
