package wire

import (
	"testing"

	"tcplab/capture"
)

func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name  string
		frame *capture.Frame
	}{{"data4", data4}, {"syn4", syn4}, {"data6", data6}, {"vlan4", vlan4}} {
		b.Run(c.name, func(b *testing.B) {
			var p Packet
			b.ReportAllocs()
			for b.Loop() {
				if Decode(c.frame, &p) != TCP {
					b.Fatal("not a TCP segment")
				}
			}
		})
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	var p Packet
	for _, f := range []*capture.Frame{data4, syn4, data6, vlan4} {
		if n := testing.AllocsPerRun(100, func() { Decode(f, &p) }); n != 0 {
			t.Errorf("Decode allocates %v times", n)
		}
	}
}
