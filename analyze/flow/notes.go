package flow

import (
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Most connections of a large capture are over after a few segments, and each segment finds what is known of its connection
// cold: thousands of others came between. So the segments of a connection are at first only noted, in a few dozen bytes
// each, and followed all at once when the connection is final: by then a track is needed for it alone, and for no longer than
// it stays in the cache. A connection that goes on, or has a segment that no note holds, is followed from there on.

// note is one segment of a connection that is not followed yet.
type note struct {
	time         capture.Stamp
	frame        uint32
	seq, ack     wire.Seq
	tsval, tsecr uint32
	length       uint16
	window       uint16
	checksum     uint16
	ipid         uint16
	flags        wire.Flags
	what         noted
	ttl          uint8
	head         [8]byte // the beginning of the payload; of a SYN its options
}

// noted is what there is to say of a noted segment beside its numbers.
type noted uint8

const (
	fromLow   noted      = 1 << iota // sent by the low end of the key
	withDF                           // the IP header's "do not fragment"
	sumShift  = iota                 // where the checksum's state begins: two bits
	headShift = iota + 1             // where the length of the head begins: four bits
)

// plainOptions are the options that a note holds of a SYN; other segments have timestamps alone.
const plainOptions = wire.HasMSS | wire.HasWindowScale | wire.HasSACKPermitted | wire.HasTimestamps

// noteChunk is memory for notes beyond the first few: four cache lines.
type noteChunk struct {
	notes [5]note
	next  *noteChunk
	_     [8]byte
}

// chunks is where the connections of a table take memory for notes from, and put it back. Those that are free stand in a
// list beside them: a look at each would cost more than what it holds.
type chunks struct{ free []*noteChunk }

func (f *chunks) get() *noteChunk {
	if len(f.free) == 0 {
		block := make([]noteChunk, 64)
		for i := range block {
			f.free = append(f.free, &block[i])
		}
	}
	last := len(f.free) - 1
	c := f.free[last]
	f.free = f.free[:last]
	if last > 0 {
		f.free[last-1].approach()
	}
	return c
}

// approach writes to each cache line of a chunk that is to be filled soon. Another processor has read it; nobody waits for a write, and
// by the time that the notes come it is here.
func (c *noteChunk) approach() {
	c.notes[0].time, c.notes[1].ack, c.notes[2].checksum, c.notes[4].time = 0, 0, 0, 0
}

// Memory is what noted connections took and need no more.
type Memory struct{ chunks []*noteChunk }

// put takes back what is in m.
func (f *chunks) put(m *Memory) {
	f.free = append(f.free, m.chunks...)
	m.chunks = m.chunks[:0]
}

// firstNotes are kept beside what is known of the connection: an attempt that is refused needs no more.
const firstNotes = 2

// mostNoted is how many notes a connection may have: they take as much memory as following it does, with its rows.
const mostNoted = 128

// notes are the segments of a connection, and what must be known of them before they are followed. What concerns one end
// is by end of the key: 0 is the low one.
type notes struct {
	n     uint16
	v6    bool
	sent  [2]bool     // the end sent something
	syn   [2]bool     // with a SYN
	fin   [2]bool     // and with a FIN
	acked [2]bool     // which the other end acknowledged
	trial bool        // there are SYNs of one end so far, and nothing else
	over  bool        // refused, or both FINs are acknowledged
	again [2]bool     // the end sent a segment that begins below the highest number before
	known [2]bool     // next is
	isn   [2]wire.Seq // of the SYN
	next  [2]wire.Seq // one past the highest number sent or acknowledged
	end   [2]wire.Seq // one past the FIN's number
	mac   [2][6]byte
	iface [2]uint16
	last  capture.Stamp
	head  [firstNotes]note
	first *noteChunk
	tail  *noteChunk
}

// endOf is the end of the key that sends.
func endOf(srcLow bool) int {
	if srcLow {
		return 0
	}
	return 1
}

// fits reports whether a note holds all that following needs to know of s, which is the first segment or comes after others.
func (n *notes) fits(e int, s *wire.Segment) bool {
	switch {
	case s.Len > 0xffff, s.Beyond != 0, s.NoLength, n.n > 0 && s.V6 != n.v6:
		return false
	case s.Flags.Any(wire.SYN):
		if s.Options.Has&^plainOptions != 0 || s.Len > 0 || s.Flags.Any(wire.RST|wire.FIN) {
			return false
		}
	case s.Options.Has != 0 && (s.Options.Has != wire.HasTimestamps || s.Options.TSVal|s.Options.TSEcr == 0):
		return false
	}
	return !n.sent[e] || s.SrcMAC == n.mac[e] && s.Iface == n.iface[e]
}

// foresee notes what s changes of what must be known beforehand. It reports whether all of that is still known for sure.
func (n *notes) foresee(e int, s *wire.Segment) bool {
	switch {
	case n.over && s.Flags.Any(wire.SYN):
		return false
	case n.over && s.Flags.Any(wire.RST):
		return true
	case s.Flags.Any(wire.RST):
		// The refusal of an attempt (RFC 9293, 3.10.7.3) ends it; of any other RST the track has to tell whether it counts.
		n.over = n.trial && !n.sent[e] && s.Flags.Any(wire.ACK) && s.Ack == n.isn[1-e]+1
		n.trial = false
		return n.over
	case s.Flags.Any(wire.SYN):
		n.trial = !n.sent[1-e] && (n.n == 0 || n.trial) && s.Flags&(wire.ACK|wire.FIN) == 0
		n.syn[e], n.isn[e] = true, s.Seq
	default:
		n.trial = false
	}
	if s.Flags.Any(wire.ACK) && n.fin[1-e] && n.end[1-e].LessEq(s.Ack) {
		n.acked[1-e] = true
		n.over = n.acked[e]
	}
	if s.Flags.Any(wire.FIN) && !n.fin[e] {
		n.fin[e], n.end[e] = true, s.End()
	}
	return true
}

// add notes s. It reports whether it did: else the connection must be followed.
func (n *notes) add(e int, s *wire.Segment, most uint16, free *chunks) bool {
	if n.n >= most || !n.fits(e, s) || !n.foresee(e, s) {
		return false
	}
	if !n.sent[e] {
		n.sent[e], n.v6, n.mac[e], n.iface[e] = true, s.V6, s.SrcMAC, s.Iface
	}
	n.again[e] = n.reach(e, s.Seq) > 0 || n.again[e]
	n.reach(e, s.End())
	if s.Flags.Any(wire.ACK) {
		n.reach(1-e, s.Ack)
	}
	p := n.place(free)
	n.n++
	n.last = s.Time
	p.fill(e, s)
	if n.n <= checked || n.again[e] {
		p.what |= noted(s.VerifyChecksum()) << sumShift
	}
	return true
}

// reach raises the highest number of an end to seq; it returns how far that is below the one before.
func (n *notes) reach(e int, seq wire.Seq) (below int32) {
	switch below = n.next[e].Sub(seq); {
	case !n.known[e]:
		n.known[e], n.next[e] = true, seq
		return 0
	case below < 0:
		n.next[e] = seq
	}
	return below
}

// place is where the next note goes. That is far from the cache, and only written to: without the question whether there is a tail,
// which is never no, the program itself would look there whether it can be written to, and wait for the answer.
func (n *notes) place(free *chunks) *note {
	if n.n < firstNotes {
		return &n.head[n.n]
	}
	at := (n.n - firstNotes) % uint16(len(noteChunk{}.notes))
	if tail := n.tail; at > 0 && tail != nil {
		return &tail.notes[at]
	}
	c := free.get()
	if n.tail == nil {
		n.first = c
	} else {
		n.tail.next = c
	}
	n.tail = c
	return &c.notes[0]
}

// fill makes p the note of s.
func (p *note) fill(e int, s *wire.Segment) {
	p.time, p.frame, p.seq, p.ack = s.Time, s.Frame, s.Seq, s.Ack
	p.tsval, p.tsecr = s.Options.TSVal, s.Options.TSEcr
	p.length, p.window, p.checksum, p.ipid = uint16(s.Len), s.Window, s.Checksum, s.IPID
	p.flags, p.ttl, p.what = s.Flags, s.TTL, 0
	if e == 0 {
		p.what = fromLow
	}
	if s.DF {
		p.what |= withDF
	}
	if s.Flags.Any(wire.SYN) {
		o := &s.Options
		p.head = [8]byte{uint8(o.Has), o.WindowScale, uint8(o.MSS >> 8), uint8(o.MSS)}
		return
	}
	p.what |= noted(copy(p.head[:], s.Payload)) << headShift
}

// read makes s the segment that p notes, but for addresses and ports and what a note of n leaves out.
func (p *note) read(n *notes, s *wire.Segment) (e int) {
	if p.what&fromLow == 0 {
		e = 1
	}
	s.Time, s.Frame, s.Seq, s.Ack = p.time, p.frame, p.seq, p.ack
	s.Len, s.Window, s.Checksum, s.IPID = uint32(p.length), p.window, p.checksum, p.ipid
	s.Flags, s.TTL, s.DF, s.V6 = p.flags, p.ttl, p.what&withDF != 0, n.v6
	s.SrcMAC, s.Iface = n.mac[e], n.iface[e]
	s.Sum = wire.ChecksumState(p.what >> sumShift & 3)
	o := &s.Options
	o.Has, o.MSS, o.WindowScale, o.TSVal, o.TSEcr = 0, 0, 0, p.tsval, p.tsecr
	if p.tsval|p.tsecr != 0 {
		o.Has = wire.HasTimestamps
	}
	if p.flags.Any(wire.SYN) {
		o.Has, o.WindowScale, o.MSS = wire.OptionSet(p.head[0]), p.head[1], uint16(p.head[2])<<8|uint16(p.head[3])
		s.Payload = nil
		return e
	}
	s.Payload = p.head[:p.what>>headShift]
	return e
}

// Noted is a connection whose segments are noted and not followed yet.
type Noted struct {
	ID     uint32
	key    Key
	vlan   uint16
	reused bool // the pair of ports had a connection before
	tunnel uint32
	notes
}

// Segments is how many segments are noted.
func (n *Noted) Segments() int { return int(n.n) }

// Follower follows what was noted. The zero value is ready; what it returns is valid until it is used again.
type Follower struct {
	track track
	own   shelf
	seg   wire.Segment
	ahead []ahead
	near  uint16 // what Near saw, which is of no use but that it was seen
}

// ahead is a chunk of a connection that is about to be followed.
type ahead struct {
	chunk *noteChunk
	left  uint16 // notes from here on
}

// Approach tells that n is about to be followed, as others are: Near then looks at all of them.
func (f *Follower) Approach(n *Noted) {
	if n.n > firstNotes {
		f.ahead = append(f.ahead, ahead{n.first, n.n - firstNotes})
	}
}

// Near looks at the notes of all that were told of, a chunk of each after another of the others: no look waits for the one before, as
// it does in following one connection after the other, for which the notes are then in the cache.
func (f *Follower) Near() {
	for len(f.ahead) > 0 {
		more := f.ahead[:0]
		for _, a := range f.ahead {
			c := a.chunk
			f.near += c.notes[0].window + c.notes[1].checksum + c.notes[2].ipid + c.notes[4].window
			if most := uint16(len(c.notes)); a.left > most {
				more = append(more, ahead{c.next, a.left - most})
			}
		}
		f.ahead = more
	}
}

// Follow returns the conversation that n notes, as following its segments one by one would have told it. The memory of n goes
// to m, for Table.Reclaim.
func (f *Follower) Follow(n *Noted, m *Memory) *Conversation {
	if f.track.rows.shelf == nil {
		f.track.rows.shelf = &f.own
	}
	f.track.recycle()
	f.take(&f.track, n, Keep{}, m)
	return f.track.conclude()
}

// take shows a fresh track what was noted.
func (f *Follower) take(t *track, n *Noted, keep Keep, m *Memory) {
	s := &f.seg
	for i, chunk := 0, n.first; i < int(n.n); {
		list := n.head[:]
		if i >= firstNotes {
			m.chunks = append(m.chunks, chunk)
			list, chunk = chunk.notes[:], chunk.next
		}
		for k := range list[:min(len(list), int(n.n)-i)] {
			low := list[k].read(&n.notes, s) == 0
			if i == 0 && k == 0 {
				s.Src, s.Dst, s.SrcPort, s.DstPort = n.key.lo, n.key.hi, n.key.loPort, n.key.hiPort
				if !low {
					s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
				}
				s.VLAN, s.Tunnel = n.vlan, n.tunnel
				t.start(n.ID, low, s, keep)
				t.reused = n.reused
			}
			t.take(t.dir(low), s)
		}
		i += len(list)
	}
	n.n, n.first, n.tail = 0, nil, nil
}
