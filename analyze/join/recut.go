package join

import (
	"tcplab/analyze/flow"
)

// nearIDs is how far the IP IDs of the segments may lie apart that a network card makes of one.
const nearIDs = 64

// pieces finds packets of a capture that lie in a stretch of numbers. No segment is longer than 64 KiB.
type pieces map[uint16][]int32

func (k *conn) unmatched(d flow.Dir) pieces {
	list := pieces{}
	for i := range k.way[d] {
		if p := &k.way[d][i]; p.mate == none && p.len > 0 && !p.again {
			at := uint16(p.seq >> 16)
			list[at] = append(list[at], int32(i))
		}
	}
	return list
}

// recut finds the segments that the two captures show cut otherwise: large ones that the sender's network card cuts, small
// ones that the receiver's joins (segmentation and receive offload). They carry the same bytes under the same timestamp.
func (j *Join) recut(c *Conn, d flow.Dir) {
	from, to := both(c, d)
	sent, arrived := c.seen[from], c.seen[to]
	left, came := sent.unmatched(d), arrived.unmatched(d)
	if len(left) == 0 || len(came) == 0 {
		return
	}
	j.cover(sent, arrived, came, d, func(p, q *packet) bool { return j.pieceOf(from, to, p, q) })
	j.cover(arrived, sent, left, d, func(p, q *packet) bool { return j.pieceOf(from, to, q, p) })
}

// pieceOf reports whether p, as it was sent, and q, as it arrived, can be parts of one another.
func (j *Join) pieceOf(from, to int, p, q *packet) bool {
	delay := j.time(to, q.time) - j.time(from, p.time)
	apart := int16(p.ipid - q.ipid)
	return p.tsval == q.tsval && delay >= earliest && delay <= latest &&
		(p.ipid == 0 || q.ipid == 0 || apart < nearIDs && apart > -nearIDs)
}

// cover marks the unmatched segments of mine whose bytes are all in the other capture.
func (j *Join) cover(mine, other *conn, parts pieces, d flow.Dir, piece func(p, q *packet) bool) {
	for i := range mine.way[d] {
		p := &mine.way[d][i]
		if p.mate != none || p.len == 0 || p.again {
			continue
		}
		var have spans
		for at := uint16(p.seq>>16) - 1; at != uint16(p.end()>>16)+1; at++ {
			for _, n := range parts[at] {
				q := &other.way[d][n]
				if p.seq.Less(q.end()) && q.seq.Less(p.end()) && piece(p, q) {
					have.add(max(0, q.seq.Sub(p.seq)), min(int32(p.len), q.end().Sub(p.seq)))
					p.of = n
				}
			}
		}
		p.gone = p.len - have.sum()
		if p.gone == 0 {
			p.fate = Recut
		}
	}
}

// spans are stretches of bytes.
type spans [][2]int32

// add enters a stretch; those before it are kept apart where they do not touch it.
func (s *spans) add(from, to int32) {
	kept := (*s)[:0]
	for _, x := range *s {
		if x[1] < from || to < x[0] {
			kept = append(kept, x)
			continue
		}
		from, to = min(from, x[0]), max(to, x[1])
	}
	*s = append(kept, [2]int32{from, to})
}

func (s spans) sum() (n uint32) {
	for _, x := range s {
		n += uint32(x[1] - x[0])
	}
	return n
}

// overtaken marks the packets of one direction that arrived after one that left later.
func (c *Conn) overtaken(d flow.Dir) {
	k := c.seen[c.sender(d)]
	first := int32(1<<31 - 1)
	for i := len(k.way[d]) - 1; i >= 0; i-- {
		if p := &k.way[d][i]; p.mate != none {
			p.late = p.mate > first
			first = min(first, p.mate)
		}
	}
}
