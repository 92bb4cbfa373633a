package classify

import (
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// span is a range of sequence numbers, from start up to, not including, end.
type span struct{ start, end wire.Seq }

func (s span) len() uint32 { return uint32(s.end - s.start) }

// meet returns the part of s that is also in t; its length is 0 when there is none.
func (s span) meet(t span) span {
	m := span{s.start.Max(t.start), s.end}
	if t.end.Less(m.end) {
		m.end = t.end
	}
	if m.end.Less(m.start) {
		m.end = m.start
	}
	return m
}

// maxSpans bounds each set of one direction; past it the oldest entry is given up, so that a hostile capture costs no
// memory.
const maxSpans = 256

// gap is a range below the highest number sent that the capture does not hold, and the segment that revealed it.
type gap struct {
	span
	frame     uint32
	time      capture.Stamp
	ipid      uint16
	tsval     uint32
	overtaken bool   // it was a segment of the same direction that revealed it, not an ACK
	acked     uint32 // frame by which the other end acknowledged it, 0 while it did not: it arrived there, only the capture lacks it
}

// gaps are the holes of one direction, in order; empty on a healthy connection.
type gaps []gap

// fill takes sp out of the gaps. It returns how many of its numbers were missing, and the gap that lost the most.
func (g gaps) fill(sp span) (rest gaps, filled uint32, hit gap) {
	most := uint32(0)
	for i := 0; i < len(g); i++ {
		m := g[i].meet(sp)
		n := m.len()
		if n == 0 {
			continue
		}
		filled += n
		if n > most {
			most, hit = n, g[i]
		}
		left, right := g[i], g[i]
		left.end, right.start = m.start, m.end
		switch {
		case left.len() > 0 && right.len() > 0:
			g[i] = left
			g = append(g, gap{})
			copy(g[i+2:], g[i+1:])
			g[i+1] = right
			i++
		case left.len() > 0:
			g[i] = left
		case right.len() > 0:
			g[i] = right
		default:
			g = append(g[:i], g[i+1:]...)
			i--
		}
	}
	return g, filled, hit
}

// open adds a gap above all others.
func (g gaps) open(n gap) gaps {
	if len(g) >= maxSpans {
		copy(g, g[1:])
		g = g[:len(g)-1]
	}
	return append(g, n)
}

// ack notes that the other end acknowledged everything below seq, in frame; it reports whether that covers a gap for the
// first time.
func (g gaps) ack(seq wire.Seq, frame uint32) (covers bool) {
	for i := range g {
		if g[i].acked == 0 && g[i].end.LessEq(seq) {
			g[i].acked, covers = frame, true
		}
	}
	return covers
}

// total returns how many numbers are missing.
func (g gaps) total() uint64 {
	n := uint64(0)
	for _, sp := range g {
		n += uint64(sp.len())
	}
	return n
}

// spanSet is a sorted set of disjoint spans: the SACK scoreboard of one direction (RFC 6675).
type spanSet []span

// add puts sp into the set, joining what touches it, and reports whether the set grew.
func (set spanSet) add(sp span) (spanSet, bool) {
	if sp.end.LessEq(sp.start) {
		return set, false
	}
	i := 0
	for i < len(set) && set[i].end.Less(sp.start) {
		i++
	}
	if i == len(set) || sp.end.Less(set[i].start) {
		if len(set) >= maxSpans {
			return set, false
		}
		set = append(set, span{})
		copy(set[i+1:], set[i:])
		set[i] = sp
		return set, true
	}
	if set[i].start.LessEq(sp.start) && sp.end.LessEq(set[i].end) {
		return set, false
	}
	j := i
	for j < len(set) && set[j].start.LessEq(sp.end) {
		if set[j].start.Less(sp.start) {
			sp.start = set[j].start
		}
		sp.end = sp.end.Max(set[j].end)
		j++
	}
	set[i] = sp
	return append(set[:i+1], set[j:]...), true
}

// below drops everything below seq.
func (set spanSet) below(seq wire.Seq) spanSet {
	i := 0
	for i < len(set) && set[i].end.LessEq(seq) {
		i++
	}
	if i > 0 {
		set = append(set[:0], set[i:]...)
	}
	if len(set) > 0 && set[0].start.Less(seq) {
		set[0].start = seq
	}
	return set
}

// holds reports whether all of sp is in the set.
func (set spanSet) holds(sp span) bool {
	for _, s := range set {
		if s.start.LessEq(sp.start) && sp.end.LessEq(s.end) {
			return true
		}
	}
	return false
}

// flight is a captured segment that takes sequence numbers and is not acknowledged yet.
type flight struct {
	span
	first, last      capture.Stamp // of the first and the latest copy
	frame, lastFrame uint32
	tsval            uint32 // of the latest copy
	tries            uint16
}

// maxFlights bounds the segments remembered for one direction.
const maxFlights = 1 << 14

// flights are the outstanding segments of one direction in the order of their first copies: a queue in a slice.
type flights struct {
	list      []flight
	head      int
	delivered capture.Stamp // when the latest sent of those that arrived was sent (RACK.xmit_ts, RFC 8985, 6.2)
}

func (q *flights) all() []flight { return q.list[q.head:] }

func (q *flights) push(f flight) {
	if q.head > 0 && len(q.list) == cap(q.list) {
		n := copy(q.list, q.list[q.head:])
		q.list, q.head = q.list[:n], 0
	}
	if len(q.list)-q.head >= maxFlights {
		q.head++
	}
	q.list = append(q.list, f)
}

// find returns the latest-sent outstanding segment that shares a number with sp.
func (q *flights) find(sp span) *flight {
	live := q.all()
	for i := len(live) - 1; i >= 0; i-- {
		if live[i].meet(sp).len() > 0 {
			return &live[i]
		}
	}
	return nil
}

// Answered is the segment that ends where an ACK does.
type Answered struct {
	Size      uint32        // its sequence numbers; 0 when no segment ends there
	SinceLast time.Duration // since its latest copy
	Ambiguous bool          // it was sent more than once, and nothing tells which copy arrived
	PostLoss  bool          // an earlier one that the ACK covers too was: the ACK waited for that one
}

// ack drops what ack covers. The result is the round trip of the segment that ends at ack; 0 when there is none, or when
// something it covers was sent more than once and the echoed timestamp does not name the copy that arrived: then the
// time tells of a loss, not of a round trip (Karn's rule, RFC 6298, 3).
func (q *flights) ack(ack wire.Seq, tell teller) (rtt time.Duration, ended Answered) {
	again := false
	for q.head < len(q.list) {
		f := &q.list[q.head]
		if ack.Less(f.end) {
			break
		}
		again = again || f.tries > 1
		q.arrived(f, tell)
		if f.end == ack {
			ended = Answered{Size: f.len(), SinceLast: tell.now.Sub(f.last)}
			switch {
			case !again:
				rtt = tell.now.Sub(f.first)
			case tell.tsecr != 0 && tell.tsecr == f.tsval:
				rtt = ended.SinceLast
			default:
				ended.Ambiguous = f.tries > 1
				ended.PostLoss = !ended.Ambiguous
			}
		}
		q.head++
	}
	if q.head == len(q.list) {
		q.list, q.head = q.list[:0], 0
	}
	return rtt, ended
}

// sack notes which segments sp says arrived.
func (q *flights) sack(sp span, tell teller) {
	live := q.all()
	for i := len(live) - 1; i >= 0 && sp.start.Less(live[i].end); i-- {
		if sp.start.LessEq(live[i].start) && live[i].end.LessEq(sp.end) {
			q.arrived(&live[i], tell)
		}
	}
}

// arrived notes that f did. Of one that was sent more than once nobody knows which copy it was, unless the receiver
// echoes the timestamp of the latest, or a whole round trip has passed since it (RFC 8985, 6.2).
func (q *flights) arrived(f *flight, tell teller) {
	if f.last <= q.delivered {
		return
	}
	latest := f.tries == 1 || tell.tsecr == f.tsval
	if tell.tsecr == 0 {
		latest = f.tries == 1 || tell.rtt > 0 && tell.now.Sub(f.last) >= tell.rtt
	}
	if latest {
		q.delivered = f.last
	}
}

// teller is what an ACK brings to tell which copy of a segment it is about.
type teller struct {
	now   capture.Stamp
	tsecr uint32        // 0 without timestamps
	rtt   time.Duration // the least one measured; 0 while unknown
}
