package analyze

import (
	"cmp"
	"slices"

	"tcplab/analyze/classify"
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// transcript puts the payload of both directions in order: each byte once, as the first copy carried it, where it became
// readable for the other end. What the capture lacks stands as a chunk without data.
func transcript(c *flow.Conversation) []report.Chunk {
	list := []report.Chunk{}
	var ends [2]stream
	for i := range c.Rows {
		r := &c.Rows[i]
		if r.Flags.Any(wire.ACK) {
			list = ends[r.Dir.Other()].acked(r.Dir.Other(), r.Ack, list)
		}
		if r.Len > 0 && r.Detail != nil && !r.Flags.Any(wire.RST) && !r.Marks.Any(classify.DuplicateCapture) {
			list = ends[r.Dir].take(r, list)
		}
	}
	for d := range ends {
		list = ends[d].finish(flow.Dir(d), list)
	}
	return list
}

// stream is one direction on its way into a transcript.
type stream struct {
	next    uint64  // offset of the first byte that is not in the transcript yet
	waiting []piece // of later offsets, by offset
}

// piece is captured payload from an offset on; more of the segment's bytes may lie beyond the snap length.
type piece struct {
	offset uint64
	length uint64 // on the wire
	frame  uint32
	data   []byte
}

func (p piece) end() uint64 { return p.offset + p.length }

// take adds the payload of a row. Offsets count from the first byte after the SYN.
func (s *stream) take(r *flow.Row, list []report.Chunk) []report.Chunk {
	at := r.Seq - 1
	if r.Flags.Any(wire.SYN) { // data on a SYN begins behind its number
		at++
	}
	offset := s.next + uint64(int64(at.Sub(wire.Seq(s.next))))
	p := piece{offset: offset, length: uint64(r.Len), frame: r.Frame, data: r.Detail.Payload}
	if int64(p.offset) < 0 || p.end() <= s.next {
		return list
	}
	at2, _ := slices.BinarySearchFunc(s.waiting, p, func(a, b piece) int { return cmp.Compare(a.offset, b.offset) })
	s.waiting = slices.Insert(s.waiting, at2, p)
	return s.release(r.Dir, list)
}

// release moves what has become contiguous into the transcript.
func (s *stream) release(d flow.Dir, list []report.Chunk) []report.Chunk {
	for len(s.waiting) > 0 && s.waiting[0].offset <= s.next {
		p := s.waiting[0]
		s.waiting = s.waiting[1:]
		if p.end() <= s.next {
			continue
		}
		skip := s.next - p.offset
		have := uint64(len(p.data))
		if skip < have {
			list = append(list, report.Chunk{Dir: d.String(), Offset: s.next, Frame: p.frame, Data: p.data[skip:]})
			s.next = p.offset + have
		}
		if s.next < p.end() {
			list = append(list, report.Chunk{Dir: d.String(), Offset: s.next, Frame: p.frame, Missing: p.end() - s.next})
			s.next = p.end()
		}
	}
	return list
}

// acked closes a gap that the other end acknowledged: these bytes arrived there, the capture lacks them.
func (s *stream) acked(d flow.Dir, ack wire.Seq, list []report.Chunk) []report.Chunk {
	for len(s.waiting) > 0 {
		first := s.waiting[0].offset
		if ahead := (ack - 1).Sub(wire.Seq(first)); ahead < 0 {
			break
		}
		list = s.skip(d, first, list)
	}
	return list
}

// skip notes that everything up to offset is missing, and releases what follows.
func (s *stream) skip(d flow.Dir, offset uint64, list []report.Chunk) []report.Chunk {
	if offset > s.next {
		list = append(list, report.Chunk{Dir: d.String(), Offset: s.next, Missing: offset - s.next})
		s.next = offset
	}
	return s.release(d, list)
}

// finish releases what still waits behind gaps at the end of the capture.
func (s *stream) finish(d flow.Dir, list []report.Chunk) []report.Chunk {
	for len(s.waiting) > 0 {
		list = s.skip(d, s.waiting[0].offset, list)
	}
	return list
}
