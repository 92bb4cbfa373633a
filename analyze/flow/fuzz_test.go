package flow

import (
	"encoding/binary"
	"testing"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// segmentsOf turns bytes into segments between two hosts, twelve bytes each: flags, numbers close to each other or far
// away, any window, time that may run backwards. Every input is a capture somebody could have made.
func segmentsOf(data []byte) []wire.Segment {
	var list []wire.Segment
	now := capture.Stamp(1e18)
	for len(data) >= 12 && len(list) < 400 {
		b := data[:12]
		data = data[12:]
		now += capture.Stamp(int16(binary.LittleEndian.Uint16(b[10:]))) * 1e5
		s := wire.Segment{
			Frame: uint32(len(list) + 1), Time: now, Src: wire.Addr{15: 1}, Dst: wire.Addr{15: 2}, SrcPort: 40000,
			DstPort: uint16(80 + b[1]&1), Flags: wire.Flags(b[0]), TTL: 64, IPID: uint16(b[9]),
			Seq: wire.Seq(int32(int8(b[2]))) * 50, Ack: wire.Seq(int32(int8(b[3]))) * 50, Len: uint32(b[4]) * 7,
			Window: uint16(b[5]) << 4, Checksum: uint16(b[6]),
		}
		if b[1]&2 != 0 {
			s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
		}
		if b[1]&4 != 0 {
			s.Seq *= 1 << 22
		}
		if b[1]&8 != 0 {
			o := &s.Options
			o.Has = wire.HasTimestamps | wire.HasSACK | wire.HasMSS | wire.HasWindowScale
			o.TSVal, o.TSEcr, o.MSS, o.WindowScale, o.NumSACK = uint32(b[7]), uint32(b[8]), 500, b[6], 1
			o.SACK[0] = wire.Block{Left: s.Ack + wire.Seq(b[7])*9, Right: s.Ack + wire.Seq(b[8])*9}
		}
		s.Tunnel = uint32(b[1] >> 7)
		list = append(list, s)
	}
	return list
}

// FuzzTable checks what holds of any capture: nothing panics, no byte is counted that was not there, every row is kept
// in order, and the judgement says the same of the same segments.
func FuzzTable(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x10\x00\x00\x00\x01\x01\x00\x12\x02\x00\x01\x00\x10\x00\x00\x00\x02\x01\x00"))
	f.Add([]byte("\x10\x08\x01\x01\x20\x00\x03\x01\x09\x05\x01\x00\x10\x0a\x01\x01\x20\x00\x03\x01\x09\x05\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		segments := segmentsOf(data)
		convs := follow(story{segments: segments})
		frames := uint32(0)
		for _, c := range convs {
			frames += c.Frames
			if int(c.Frames) != len(c.Rows) {
				t.Fatalf("%d frames, %d rows", c.Frames, len(c.Rows))
			}
			for i := range c.Rows {
				if i > 0 && c.Rows[i].Frame <= c.Rows[i-1].Frame {
					t.Fatalf("row of frame %d after that of frame %d", c.Rows[i].Frame, c.Rows[i-1].Frame)
				}
			}
			for d := range c.Half {
				if h := &c.Half[d]; h.UniqueBytes > h.PayloadBytes {
					t.Fatalf("%d unique bytes of %d", h.UniqueBytes, h.PayloadBytes)
				}
			}
		}
		if int(frames) != len(segments) {
			t.Fatalf("%d segments went in, %d came out", len(segments), frames)
		}
	})
}
