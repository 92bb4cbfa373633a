package flow

import (
	"testing"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// The queue of connections that are over holds those of the last seconds, however long the capture is.
func TestQueueIsBounded(t *testing.T) {
	done := 0
	table := Table{Done: func(*Conversation) { done++ }}
	const attempts, step = 50_000, capture.Stamp(1e6)
	s := wire.Segment{Dst: wire.Addr{15: 2}, DstPort: 80, TTL: 64}
	for i := range attempts {
		s.Src, s.SrcPort = wire.Addr{12: byte(i >> 16), 13: byte(i >> 8), 14: byte(i)}, 40000
		s.Frame, s.Time, s.Flags, s.Seq, s.Ack = uint32(2*i+1), capture.Stamp(i)*step, wire.SYN, 100, 0
		table.Segment(&s)
		back := s
		back.Src, back.Dst, back.SrcPort, back.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
		back.Frame, back.Flags, back.Seq, back.Ack = s.Frame+1, wire.RST|wire.ACK, 0, 101
		table.Segment(&back)
	}
	within := int(defaultLinger / (1e6))
	if n := cap(table.queue); n > 8*within {
		t.Errorf("the queue has room for %d connections, %d linger", n, within)
	}
	entries := table.used
	for e := table.spare; e != nil; e = e.spare {
		entries++
	}
	if entries > within+100 {
		t.Errorf("memory for %d connections, of which %d linger", entries, within)
	}
	if len(table.tracks) > 0 {
		t.Errorf("%d attempts were followed before they were over", len(table.tracks))
	}
	if table.Finish(); done != attempts {
		t.Errorf("%d connections of %d", done, attempts)
	}
}
