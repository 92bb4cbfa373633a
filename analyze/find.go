package analyze

import (
	"bytes"
	"cmp"
	"slices"

	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// finder looks for bytes in what each end of each connection sends, also across the borders of segments and whatever the
// order in which these come. It keeps only the edges of what it has seen.
type finder struct {
	want  []byte
	conns map[uint32]*[2]search
}

// search is one direction of one connection until the bytes are found there.
type search struct {
	islands []island // by offset, with gaps between them
	next    uint64   // highest offset seen
	hit     *report.Hit
}

// island is a run of bytes seen without a gap. Its edges are kept: what arrives later may join there.
type island struct {
	start, end uint64
	head, tail stretch
}

// stretch is a piece of a stream, and the frame that each byte came in.
type stretch struct {
	data   []byte
	frames []uint32
}

const (
	hitContext = 32 // bytes shown beside a hit
	maxIslands = 64 // of one direction; a path that reorders more than that, or a capture with more gaps, loses the oldest
)

func newFinder(want []byte) *finder {
	return &finder{want: want, conns: map[uint32]*[2]search{}}
}

// segment takes the payload of a segment, whose relative sequence number is seq.
func (f *finder) segment(id uint32, d flow.Dir, seq wire.Seq, s *wire.Segment) {
	if len(s.Payload) == 0 || s.Flags.Any(wire.RST) {
		return
	}
	ends := f.conns[id]
	if ends == nil {
		ends = &[2]search{}
		f.conns[id] = ends
	}
	e := &ends[d]
	if e.hit != nil {
		return
	}
	at, data := seq-1, s.Payload
	if s.Flags.Any(wire.SYN) { // data on a SYN begins behind its number
		at++
	}
	offset := int64(e.next) + int64(at.Sub(wire.Seq(e.next)))
	if offset < 0 { // a keep-alive repeats the number before the first byte
		data = data[min(-offset, int64(len(data))):]
		offset = 0
	}
	if len(data) > 0 {
		e.take(f.want, data, uint64(offset), s.Frame)
	}
}

// take looks at bytes and at the seams to those beside them.
func (e *search) take(want, data []byte, at uint64, frame uint32) {
	e.next = max(e.next, at+uint64(len(data)))
	if i := bytes.Index(data, want); i >= 0 {
		e.hit = hitIn(stretchOf(data[max(0, i-hitContext):min(len(data), i+len(want)+hitContext)], frame),
			min(i, hitContext), len(want), at+uint64(max(0, i-hitContext)))
		e.islands = nil
		return
	}
	edge := len(want) - 1
	if edge > 0 {
		e.join(want, data, at, frame, edge)
	}
}

// join adds bytes to the islands that they touch and looks at the seams.
func (e *search) join(want, data []byte, at uint64, frame uint32, edge int) {
	end := at + uint64(len(data))
	first, _ := slices.BinarySearchFunc(e.islands, at, func(i island, at uint64) int {
		if i.end < at {
			return -1
		}
		return 1
	})
	last := first // the islands from first to last touch the bytes
	for last < len(e.islands) && e.islands[last].start <= end {
		last++
	}
	merged := island{start: at, end: end}
	var left, right stretch
	from, to := at, end
	if first < last {
		if l := &e.islands[first]; l.start <= at {
			left, merged.start, from = l.tail, l.start, min(l.end, end)
			merged.head = l.head
		}
		if r := &e.islands[last-1]; r.end >= end && r.start >= from {
			right, merged.end, to = r.head, r.end, max(r.start, from)
			merged.tail = r.tail
		} else if r.end >= end {
			return // all of it was seen
		}
	}
	fresh := data[from-at : to-at]
	if e.seams(want, left, fresh, right, frame, from, edge) {
		e.islands = nil
		return
	}
	merged.grow(left, fresh, right, frame, edge)
	e.islands = slices.Replace(e.islands, first, last, merged)
	if len(e.islands) > maxIslands {
		e.islands = slices.Delete(e.islands, 0, 1)
	}
}

// seams looks where fresh bytes meet those beside them: what lies within the segment itself has been looked at.
func (e *search) seams(want []byte, left stretch, fresh []byte, right stretch, frame uint32, at uint64, edge int) bool {
	if len(left.data) > 0 {
		seam := left.plus(stretchOf(fresh[:min(len(fresh), edge+hitContext)], frame))
		if len(fresh) < edge {
			seam = seam.plus(right.first(edge))
		}
		if e.found(want, seam, at-uint64(len(left.data))) {
			return true
		}
	}
	if len(right.data) == 0 {
		return false
	}
	near := fresh[max(0, len(fresh)-edge-hitContext):]
	return e.found(want, stretchOf(near, frame).plus(right), at+uint64(len(fresh)-len(near)))
}

// found notes a hit in a stretch that begins at an offset.
func (e *search) found(want []byte, s stretch, at uint64) bool {
	i := bytes.Index(s.data, want)
	if i < 0 {
		return false
	}
	e.hit = hitIn(s, i, len(want), at)
	return true
}

// hitIn describes n bytes found at place i of a stretch that begins at an offset.
func hitIn(s stretch, i, n int, at uint64) *report.Hit {
	return &report.Hit{Frame: s.frames[i], LastFrame: s.frames[i+n-1], Offset: at + uint64(i),
		Before: bytes.Clone(s.data[max(0, i-hitContext):i]), After: bytes.Clone(s.data[i+n : min(len(s.data), i+n+hitContext)])}
}

// grow completes the edges of an island that was made of those at its sides and the fresh bytes between them.
func (i *island) grow(left stretch, fresh []byte, right stretch, frame uint32, edge int) {
	size := i.end - i.start
	near := edge + hitContext
	if uint64(len(i.head.data)) < min(uint64(edge), size) {
		i.head = i.head.plus(stretchOf(fresh[:min(len(fresh), edge)], frame)).plus(right).first(edge)
	}
	if uint64(len(i.tail.data)) < min(uint64(near), size) {
		i.tail = left.plus(stretchOf(fresh[max(0, len(fresh)-near):], frame)).plus(i.tail).last(near)
	}
}

// stretchOf is data that came in one frame.
func stretchOf(data []byte, frame uint32) stretch {
	s := stretch{data: data, frames: make([]uint32, len(data))}
	for i := range s.frames {
		s.frames[i] = frame
	}
	return s
}

// plus returns s followed by t, in memory of its own.
func (s stretch) plus(t stretch) stretch {
	return stretch{slices.Concat(s.data, t.data), slices.Concat(s.frames, t.frames)}
}

func (s stretch) first(n int) stretch {
	n = min(n, len(s.data))
	return stretch{s.data[:n], s.frames[:n]}
}

func (s stretch) last(n int) stretch {
	n = max(0, len(s.data)-n)
	return stretch{s.data[n:], s.frames[n:]}
}

// take returns what was found on a connection that is over, and forgets it.
func (f *finder) take(id uint32) []report.Hit {
	var hits []report.Hit
	if ends := f.conns[id]; ends != nil {
		for d := range ends {
			if h := ends[d].hit; h != nil {
				h.Dir = flow.Dir(d).String()
				hits = append(hits, *h)
			}
		}
		delete(f.conns, id)
	}
	slices.SortFunc(hits, func(a, b report.Hit) int { return cmp.Compare(a.LastFrame, b.LastFrame) })
	return hits
}
