package wire

import (
	"encoding/binary"
	"math/rand/v2"
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

// TestSum adds pieces of all lengths and contents as RFC 1071 has it, 16 bits at a time.
func TestSum(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for n := range 3000 {
		b := make([]byte, 20+random.IntN(120))
		for i := range b {
			if b[i] = 0xff; n%3 > 0 {
				b[i] = byte(random.Uint32()) * byte(n%3-1)
			}
		}
		want := uint64(0)
		for i := 0; i < len(b); i += 2 {
			word := uint64(b[i]) << 8
			if i+1 < len(b) {
				word |= uint64(b[i+1])
			}
			if want += word; want > 0xffff {
				want -= 0xffff
			}
		}
		if got := sum(b); got != want {
			t.Fatalf("%x: %#x, want %#x", b, got, want)
		}
	}
	for _, n := range []uint64{0, 0xffff, 0x10000, 0x1fffe, 0xffffffff, 1 << 32, 1<<64 - 1, 1<<64 - 1<<16} {
		if got := fold(n); uint64(got)%0xffff != n%0xffff || got == 0 && n != 0 {
			t.Errorf("%#x: folded %#x", n, got)
		}
	}
}
