package wire

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"tcplab/capture"
)

// fragments splits the IPv4 datagram in f, an Ethernet frame, into fragments of size bytes of payload.
func fragments(f *capture.Frame, size int) []*capture.Frame {
	head, body := f.Data[:plainTCP4], f.Data[plainTCP4:]
	var all []*capture.Frame
	for at := 0; at < len(body); at += size {
		end := min(at+size, len(body))
		data := append(append([]byte(nil), head...), body[at:end]...)
		field := uint16(at / 8)
		if end < len(body) {
			field |= 0x2000
		}
		binary.BigEndian.PutUint16(data[16:], uint16(20+end-at))
		binary.BigEndian.PutUint16(data[20:], field)
		c := *f
		c.Data, c.WireLen = data, uint32(len(data))
		all = append(all, &c)
	}
	return all
}

// fragments6 is fragments for IPv6: every piece gets a fragment header.
func fragments6(f *capture.Frame, size int) []*capture.Frame {
	head, body := f.Data[:plainTCP6], f.Data[plainTCP6:]
	var all []*capture.Frame
	for at := 0; at < len(body); at += size {
		end := min(at+size, len(body))
		header := []byte{head[20], 0, byte(at >> 8), byte(at), 1, 2, 3, 4}
		if end < len(body) {
			header[3] |= 1
		}
		data := append(append(append([]byte(nil), head...), header...), body[at:end]...)
		data[20] = extFragment
		binary.BigEndian.PutUint16(data[18:], uint16(8+end-at))
		c := *f
		c.Data, c.WireLen = data, uint32(len(data))
		all = append(all, &c)
	}
	return all
}

// feed decodes frames in order through r and returns every kind; p is left as the last frame made it.
func feed(r *Reassembler, p *Packet, frames []*capture.Frame) []Kind {
	var kinds []Kind
	for _, f := range frames {
		kinds = append(kinds, decode(r, f, p))
	}
	return kinds
}

// TestReassembleAnyOrder: whatever the order, the last piece to come gives the segment, once, and it is the whole one.
func TestReassembleAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 50 {
		for _, c := range []struct {
			whole  *capture.Frame
			pieces []*capture.Frame
		}{{data4, fragments(data4, 8)}, {data6, fragments6(data6, 16)}, {syn4, fragments(syn4, 24)}} {
			random.Shuffle(len(c.pieces), func(i, j int) { c.pieces[i], c.pieces[j] = c.pieces[j], c.pieces[i] })
			var r Reassembler
			var got, want Packet
			kinds := feed(&r, &got, c.pieces)
			for i, k := range kinds {
				if last := i == len(kinds)-1; (k == TCP) != last || !last && k != Fragment {
					t.Fatalf("round %d: kinds %v", round, kinds)
				}
			}
			Decode(c.whole, &want)
			g, w := &got.Segment, &want.Segment
			if g.Seq != w.Seq || g.Len != w.Len || string(g.Raw) != string(w.Raw) || g.Options.Has != w.Options.Has {
				t.Fatalf("round %d: got %+v, want %+v", round, g, w)
			}
			if len(r.pending) != 0 || r.order.Len() != 0 || r.memory != 0 {
				t.Fatalf("something stayed: %d datagrams, %d bytes", len(r.pending), r.memory)
			}
		}
	}
}

// TestReassembleDoubtful: what has no single meaning gives no segment.
func TestReassembleDoubtful(t *testing.T) {
	three := func() []*capture.Frame { return fragments(data4, 16) }
	with := func(at int, b byte) func(*capture.Frame) { return func(f *capture.Frame) { f.Data[at] = b } }
	for _, c := range []struct {
		name string
		edit func([]*capture.Frame) []*capture.Frame
		want Kind
	}{
		{"untouched", func(f []*capture.Frame) []*capture.Frame { return f }, TCP},
		{"a copy of a piece", func(f []*capture.Frame) []*capture.Frame { return append(f[:1], f...) }, TCP},
		{"a piece missing", func(f []*capture.Frame) []*capture.Frame { return append(f[:1], f[2:]...) }, Fragment},
		{"another identification", edited(1, with(19, 0xaa)), Fragment},
		{"another host", edited(1, with(29, 9)), Fragment},
		{"an overlap", edited(1, with(21, 1)), Fragment},
		{"two last pieces", edited(1, with(20, 0)), Fragment},
		{"a piece that is not a multiple of eight", edited(1, with(17, 35)), Fragment},
		{"31 seconds late", edited(2, func(f *capture.Frame) { f.Time += capture.Stamp(31 * time.Second) }), Fragment},
		{"29 seconds late", edited(2, func(f *capture.Frame) { f.Time += capture.Stamp(29 * time.Second) }), TCP},
	} {
		var r Reassembler
		var p Packet
		kinds := feed(&r, &p, c.edit(three()))
		if got := kinds[len(kinds)-1]; got != c.want {
			t.Errorf("%s: kinds %v, want the last %d", c.name, kinds, c.want)
		}
	}
}

// edited returns a step that changes piece i of a datagram.
func edited(i int, change func(*capture.Frame)) func([]*capture.Frame) []*capture.Frame {
	return func(f []*capture.Frame) []*capture.Frame { change(f[i]); return f }
}

// TestReassembleCut: pieces that the snap length cut still give the header and the true length.
func TestReassembleCut(t *testing.T) {
	pieces := fragments(data4, 32)
	pieces[1].Data = pieces[1].Data[:plainTCP4+2]
	var r Reassembler
	var p Packet
	if kinds := feed(&r, &p, pieces); kinds[1] != TCP || p.Segment.Len != 6 || string(p.Segment.Payload) != "he" {
		t.Errorf("kinds %v, length %d, payload %q", kinds, p.Segment.Len, p.Segment.Payload)
	}
}

// TestReassembleBounded: datagrams that never end are given up, oldest first, within the memory stated.
func TestReassembleBounded(t *testing.T) {
	var r Reassembler
	var p Packet
	first := fragments(data4, 16)[0]
	big := *first
	big.Data = append(append([]byte(nil), first.Data[:plainTCP4]...), make([]byte, 1024)...)
	big.WireLen = uint32(len(big.Data))
	binary.BigEndian.PutUint16(big.Data[16:], 20+1024)
	for id := range 20000 {
		binary.BigEndian.PutUint16(big.Data[18:], uint16(id))
		if k := Decode(&big, &p); k != Fragment || r.Add(&p) != Fragment {
			t.Fatal("not a fragment")
		}
		if r.memory > maxFragmentMemory+2048 {
			t.Fatalf("holds %d bytes", r.memory)
		}
	}
	if len(r.pending) < 3000 || len(r.pending) != r.order.Len() {
		t.Errorf("%d datagrams wait, %d in order", len(r.pending), r.order.Len())
	}
}
