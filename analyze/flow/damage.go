package flow

import "tcplab/analyze/wire"

// checked is how many segments of a connection have their checksums verified, those after a retransmission apart: adding up
// every byte of a long transfer would cost a third of the time it takes to follow it, and damage that matters is followed by
// a retransmission.
const checked = 48

// damage follows the latest segment of one end whose checksum is wrong, until its receiver shows whether it took it.
type damage struct {
	open     bool
	repeated bool // it was sent again with a good checksum
	seq, end wire.Seq
	ipid     uint16
}

// verify looks at the segment's checksum (RFC 9293, 3.1: a receiver drops a segment whose sum is wrong without a word), and
// at what the segment tells of the other end's.
func (t *track) verify(d Dir, s *wire.Segment) {
	if t.damage[d.Other()].open && s.Flags.Any(wire.ACK) {
		t.answered(d.Other(), s.Ack)
	}
	h := &t.conv.Half[d]
	if t.conv.Frames > checked && h.Retransmissions == 0 {
		return
	}
	state := s.VerifyChecksum()
	if state == wire.ChecksumUnknown {
		return
	}
	h.Checksums.Checked++
	m := &t.damage[d]
	again := m.open && s.Seq == m.seq && s.End() != s.Seq && (s.IPID == 0 || s.IPID != m.ipid) // else a copy of the packet
	switch {
	case state == wire.ChecksumBad:
		if h.Checksums.Bad++; h.Checksums.First == 0 {
			h.Checksums.First = s.Frame
		}
		if again {
			h.Checksums.repeated(s.Frame)
		}
		if s.End() != s.Seq {
			*m = damage{open: true, seq: s.Seq, end: s.End(), ipid: s.IPID}
		}
	case again && !m.repeated:
		m.repeated = true
		h.Checksums.repeated(s.Frame)
	}
}

// repeated notes that a bad segment was sent again before its receiver acknowledged it.
func (c *Checksums) repeated(frame uint32) {
	if c.Refused++; c.Again == 0 {
		c.Again = frame
	}
}

// answered ends the wait for the ACK of d's bad segment.
func (t *track) answered(d Dir, ack wire.Seq) {
	m := &t.damage[d]
	if ack.Less(m.end) {
		return
	}
	if !m.repeated {
		t.conv.Half[d].Checksums.Accepted++
	}
	m.open = false
}
