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
	const longest = 8 // characters for a byte: "mptcp 3 subtype 15 0xf0," for three
	const last = 32   // and for what is said of a bad one
	if text := AppendOptions(nil, s.Options.Raw); len(text) > longest*len(s.Options.Raw)+last {
		t.Fatalf("%d bytes of text: %s", len(text), text)
	}
	DSACK(s.Ack, s.Options.SACK[:s.Options.NumSACK])
}

// FuzzReassembler feeds a Reassembler pieces of a few datagrams, four bytes for each. It must hold no more than it
// counts, keep pieces apart, and give a segment only when the pieces make one whole.
func FuzzReassembler(f *testing.F) {
	f.Add([]byte{0, 3, 1, 0, 3, 1, 0, 0})             // in order
	f.Add([]byte{3, 1, 0, 0, 0, 3, 1, 0})             // the last first
	f.Add([]byte{0, 3, 1, 0, 2, 1, 1, 0, 3, 1, 0, 0}) // an overlap
	f.Add([]byte{0, 3, 1, 0, 0, 3, 1, 1, 3, 1, 0, 0}) // two datagrams, one whole
	f.Fuzz(func(t *testing.T, steps []byte) {
		var r Reassembler
		var p Packet
		header := frame("03e8 0050 00000001 00000000 5002 2000 0000 0000" + "00000000").Data
		for ; len(steps) >= 4; steps = steps[4:] {
			start, n := int(steps[0])*8, int(steps[1])*8
			body := make([]byte, n)
			if start < len(header) {
				copy(body, header[start:])
			}
			p = Packet{Proto: protoTCP, piece: piece{span: span{body, n}, start: start, more: steps[2]&1 != 0, id: uint32(steps[3] & 3)}}
			p.Segment.Time = capture.Stamp(steps[3]>>2) * 1e9
			k := r.Add(&p)
			if k == TCP && int(p.Segment.Len) != len(p.Segment.Payload) {
				t.Fatalf("a whole datagram lacks bytes: %d of %d", len(p.Segment.Payload), p.Segment.Len)
			}
			sound(t, &r)
		}
	})
}

// sound asserts what holds of a Reassembler between two fragments.
func sound(t *testing.T, r *Reassembler) {
	memory := 0
	for _, d := range r.pending {
		have, end := 0, 0
		for _, h := range d.pieces {
			if h.start < end {
				t.Fatalf("pieces overlap: %+v", d.pieces)
			}
			have, end = have+h.n, h.start+h.n
			memory += len(h.data) + fragmentOverhead
		}
		if have != d.have || d.end >= 0 && end > d.end {
			t.Fatalf("%d bytes counted as %d, up to %d of %d", have, d.have, end, d.end)
		}
	}
	if memory != r.memory || r.order.Len() != len(r.pending) {
		t.Fatalf("%d bytes counted as %d; %d datagrams, %d in order", memory, r.memory, len(r.pending), r.order.Len())
	}
}

// FuzzOptions parses any option bytes: a no-operation behind sound ones changes nothing, though it makes a header with
// nothing but timestamps take the long way; what a cut leaves over is part of what the whole holds; and the text names
// every option that was found.
func FuzzOptions(f *testing.F) {
	f.Add([]byte("\x02\x04\x05\xb4\x04\x02\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x00\x01\x03\x03\x07"), byte(4))
	f.Add([]byte("\x01\x01\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x02"), byte(0))
	f.Add([]byte("\x01\x01\x05\x12\x00\x00\x00\x01\x00\x00\x00\x03\xff\xff\xff\xf0\x00\x00\x00\x02\x1e\x03\x10"), byte(9))
	f.Fuzz(func(t *testing.T, raw []byte, cut byte) {
		raw = raw[:min(len(raw), 40)]
		var whole, longer, part Options
		whole.parse(raw, 0)
		longer.parse(append(slices.Clone(raw), optNOP), 0)
		if whole.Has&BadOption == 0 && !sameOptions(&whole, &longer) {
			t.Fatalf("%x: %+v, with a no-operation behind it %+v", raw, whole, longer)
		}
		keep := len(raw) - min(int(cut), len(raw))
		part.parse(raw[:keep], len(raw)-keep)
		if keep < len(raw) && part.Has&^CutOptions&^whole.Has != 0 {
			t.Fatalf("%x has %x, its first %d bytes %x", raw, whole.Has, keep, part.Has)
		}
		if text := AppendOptions(nil, raw); len(text) == 0 && whole.Has != 0 {
			t.Fatalf("%x has %x and no text", raw, whole.Has)
		}
	})
}

func sameOptions(a, b *Options) bool {
	return a.Has == b.Has && a.TSVal == b.TSVal && a.TSEcr == b.TSEcr && a.MSS == b.MSS && a.WindowScale == b.WindowScale &&
		slices.Equal(a.SACK[:a.NumSACK], b.SACK[:b.NumSACK])
}
