package wire

import (
	"slices"
	"testing"

	"tcplab/capture"
)

// FuzzDecode feeds Decode any bytes of any link type. It must not crash, its slices must lie within the frame, what p
// held before must not show, and where gopacket also finds a segment, the two must agree.
func FuzzDecode(f *testing.F) {
	for _, s := range specimens() {
		if frame := s.frame(); len(frame.Data) < 4096 {
			f.Add(uint16(s.link), uint16(s.cut), frame.Data)
		}
	}
	f.Fuzz(func(t *testing.T, link, cut uint16, data []byte) {
		in := capture.Frame{Number: 1, Time: 1, Link: capture.LinkType(link), WireLen: uint32(len(data)) + uint32(cut), Data: slices.Clip(data)}
		var fresh Packet
		k := Decode(&in, &fresh)
		used := Packet{}
		Decode(syn4, &used)
		if again := Decode(&in, &used); again != k || describe(k, &fresh) != describe(again, &used) {
			t.Fatalf("after another frame: %s, before: %s", describe(again, &used), describe(k, &fresh))
		}
		if k == Fragment {
			new(Reassembler).Add(&fresh)
			return
		}
		s := &fresh.Segment
		if k == TCP {
			within(t, &in, s)
		}
		compare(t, &in, k, s)
	})
}

// within asserts what holds for every segment, and that its methods cope with it.
func within(t *testing.T, f *capture.Frame, s *Segment) {
	if len(s.Raw) < 20 || len(s.Raw) > len(f.Data) || len(s.Payload) > len(s.Raw)-20 {
		t.Fatalf("raw %d, payload %d, of %d bytes", len(s.Raw), len(s.Payload), len(f.Data))
	}
	if len(s.Payload) > int(s.Len) || int(s.Options.NumSACK) > len(s.Options.SACK) || len(s.Options.Raw) > 40 {
		t.Fatalf("payload %d of %d, %d SACK blocks, options %x", len(s.Payload), s.Len, s.Options.NumSACK, s.Options.Raw)
	}
	s.VerifyChecksum()
	if text := AppendOptions(nil, s.Options.Raw); len(text) > 40*len("nop,") {
		t.Fatalf("%d bytes of text: %s", len(text), text)
	}
	DSACK(s.Ack, s.Options.SACK[:s.Options.NumSACK])
}
