package flow

import (
	"reflect"
	"testing"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// transfer turns bytes into a capture of one connection, two bytes for each segment: mostly data in order and ACKs of it,
// which take the short way, with everything between them that makes a segment take the long one.
func transfer(data []byte) []wire.Segment {
	hosts := [2]wire.Addr{{15: 1}, {15: 2}}
	next, acked, at := [2]wire.Seq{1 << 31, 7}, [2]wire.Seq{}, capture.Stamp(1e18)
	var list []wire.Segment
	var ipid uint16
	add := func(from int, flags wire.Flags, seq wire.Seq, n uint32) *wire.Segment {
		ipid++
		list = append(list, wire.Segment{Frame: uint32(len(list) + 1), Time: at, Src: hosts[from], Dst: hosts[1-from],
			SrcPort: uint16(80 + 40000*(1-from)), DstPort: uint16(80 + 40000*from), Flags: flags, Seq: seq, Ack: acked[from],
			Len: n, Window: 500, TTL: 64, IPID: ipid})
		s := &list[len(list)-1]
		s.Options.Has, s.Options.TSVal, s.Options.TSEcr = wire.HasTimestamps, uint32(at/1e6), uint32(at/1e6)-1
		if end := s.End(); next[from].Less(end) {
			next[from] = end
		}
		return s
	}
	if len(data) > 0 && data[0]&1 != 0 { // else the capture begins in the middle
		add(0, wire.SYN, next[0], 0)
		acked[1] = next[0]
		add(1, wire.SYN|wire.ACK, next[1], 0).Options.Has |= wire.HasSACKPermitted
		acked[0] = next[1]
		add(0, wire.ACK, next[0], 0)
	}
	for ; len(data) >= 2 && len(list) < 300; data = data[2:] {
		what, how := data[0], data[1]
		from, n := int(what>>7), uint32(how)
		at += capture.Stamp(how&63) * 1e5
		switch what & 31 {
		default:
			add(from, wire.ACK|wire.PSH, next[from], n)
		case 10, 11, 12, 13, 14, 15, 16, 17:
			acked[from] = next[1-from]
			add(from, wire.ACK, next[from], 0)
		case 18:
			acked[from] = next[1-from] - wire.Seq(how) // old, or half
			add(from, wire.ACK, next[from], n&1)
		case 19:
			add(from, wire.ACK, next[from]-wire.Seq(how), n) // a repetition
		case 20:
			add(from, wire.ACK, next[from]+wire.Seq(how), n) // a gap
		case 21:
			add(from, wire.ACK, next[from], n).Window = uint16(how) & 1
		case 22:
			add(from, wire.ACK, next[from]-1, n&1) // a keep-alive
		case 23:
			acked[from] = next[1-from] + wire.Seq(how) // of bytes that were not captured
			add(from, wire.ACK, next[from], 0)
		case 24:
			if len(list) > 0 {
				s := list[len(list)-1-int(how)%min(3, len(list))]
				s.Frame, s.Time, s.TTL = uint32(len(list)+1), at, s.TTL-1
				list = append(list, s) // the capture holds it twice
			}
		case 25:
			s := add(from, wire.ACK, next[from], n&1)
			s.Options.Has |= wire.HasSACK
			s.Options.NumSACK, s.Options.SACK[0] = 1, wire.Block{Left: s.Ack + wire.Seq(how&7), Right: s.Ack + wire.Seq(how)}
		case 26:
			add(from, wire.ACK|wire.URG|wire.Flags(how)&wire.ECE, next[from], n)
		case 27:
			at -= 3e5
			add(from, wire.ACK, next[from], n).IPID = 0
		case 28:
			add(from, wire.Flags(how), next[from], n) // any flags
		case 29:
			add(from, wire.ACK, next[from]+1<<30, n) // not of this connection
		case 30:
			add(from, wire.SYN, next[from]+wire.Seq(how), 0)
		}
	}
	return list
}

// FuzzShortcut takes a connection the short way and the long one: both say the same, of every segment and of the whole.
func FuzzShortcut(f *testing.F) {
	f.Add([]byte("\x01\x10\x01\x40\x8a\x00\x01\x40\x01\x40\x8a\x01\x81\xff\x0a\x00\x14\x10\x92\x05\x93\x20"))
	f.Add([]byte("\x02\x10\x02\x40\x8a\x00\x98\x40\x01\x40\x8a\x01\x81\xff\x0a\x00\x16\x01\x8a\x05\x95\x20\x15\x00\x99\x30"))
	f.Add([]byte("\x01\x11\x01\x40\x8a\x00\x1c\x11\x01\x40\x9c\x11\x81\x40\x0a\x00\x1c\x11\x8a\x00\x9c\x11\x01\x40\x8a\x00\x81\x40\x0a\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		segments := transfer(data)
		var passage func(uint32) Passage
		if len(data) > 1 && data[1]&1 != 0 { // both ends were captured
			passage = func(frame uint32) Passage { return [...]Passage{4: Gone, 7: Foreign, 9: 0}[frame*7%10] }
		}
		long := followed(segments, Table{Keep: Keep{All: true}, Passage: passage, longWay: true})
		compare(t, "the short way", followed(segments, Table{Keep: Keep{All: true}, Passage: passage}), long)
		if passage == nil {
			compare(t, "noted", followed(segments, Table{}), long)
		}
	})
}

// compare asserts that the connections followed one way are those followed the long way.
func compare(t *testing.T, way string, short, long []*Conversation) {
	t.Helper()
	if len(short) != len(long) {
		t.Fatalf("%s: %d connections, the long way %d", way, len(short), len(long))
	}
	for i := range short {
		if reflect.DeepEqual(short[i], long[i]) {
			continue
		}
		for k := range min(len(short[i].Rows), len(long[i].Rows)) {
			if a, b := short[i].Rows[k], long[i].Rows[k]; a != b {
				t.Errorf("%s: segment %d\nshort %+v\nlong  %+v", way, a.Frame, a, b)
			}
		}
		t.Fatalf("%s:\nshort %+v\nlong  %+v", way, short[i], long[i])
	}
}

func followed(segments []wire.Segment, table Table) (convs []*Conversation) {
	table.Done = func(c *Conversation) { convs = append(convs, c.Clone()) }
	for i := range segments {
		table.Segment(&segments[i])
	}
	table.Finish()
	return convs
}

// TestShortcutTaken asserts that the segments of a healthy transfer do take the short way; a way that none takes would
// agree with the other one, too.
func TestShortcutTaken(t *testing.T) {
	segments := transfer([]byte("\x01\x80\x8a\x00\x01\x80\x01\x80\x8a\x00\x81\x80\x0a\x00"))
	table := Table{Keep: Keep{All: true}, Done: func(*Conversation) {}}
	for i := range segments[:3] {
		table.Segment(&segments[i])
	}
	for i := range segments[3:] {
		s := &segments[3+i]
		_, srcLow := keyOf(&s.Src, &s.Dst, s.SrcPort, s.DstPort)
		if tr := table.last.track; !tr.settled || !tr.next(tr.dir(srcLow), s) {
			t.Errorf("segment %d took the long way", s.Frame)
		}
	}
}
