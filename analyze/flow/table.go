package flow

import (
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Table follows every connection of a capture. Feed it segments in capture order; finished conversations go to Done.
//
// A connection is finished when its ports are used again, when it has been over for Linger, or at Finish. The table is
// open addressing with linear probing: looking a connection up is the largest cost of reading a capture, and a Go map of
// the same keys takes twice as long.
type Table struct {
	Keep    Keep
	Only    *uint32                                           // Keep is meant for this connection alone, by its number; nil: for all
	Done    func(*Conversation)                               // called in order of finishing
	Seen    func(*Conversation, Dir, wire.Seq, *wire.Segment) // called for each segment, with its relative number; nil: nobody asks
	Passage func(frame uint32) Passage                        // how a segment got to the other end; nil: nobody knows
	Linger  time.Duration                                     // how long a connection that is over waits for stragglers; 0: five seconds, as Zeek waits

	slots  []slot
	used   int
	last   *track // the connection of the previous segment
	nextID uint32
	stray  []wire.ICMP // errors that quote no connection of the capture
	queue  []lingering // of connections that are over, in the order in which they were
	head   int
	free   []*track
	shelf  shelf

	longWay bool // no segment takes the short way: for the test that both ways say the same
}

type slot struct {
	hash  uint64
	track *track
}

// maxStray bounds the ICMP errors kept that quote no known connection.
const maxStray = 64

// Segment accounts for one segment.
func (t *Table) Segment(s *wire.Segment) {
	key, srcLow := keyOf(&s.Src, &s.Dst, s.SrcPort, s.DstPort)
	tr := t.last
	if tr == nil || tr.key != key || tr.shared {
		t.expire(s.Time)
		tr = t.lookup(&key, srcLow, s)
	}
	if tr.startsAnew(tr.dir(srcLow), s) {
		tr = t.anew(tr, srcLow, s)
	}
	t.last = tr
	d := tr.dir(srcLow)
	tr.take(d, s)
	if t.Seen != nil {
		t.Seen(&tr.conv, d, s.Seq-tr.base(d), s)
	}
	if !tr.lingers && tr.isOver() {
		t.over(tr)
	}
}

// lookup finds the track of a segment, or starts it.
func (t *Table) lookup(key *Key, srcLow bool, s *wire.Segment) *track {
	h := key.hash()
	i := t.find(h, key)
	tr := t.slots[i].track
	if tr == nil {
		tr = t.begin(*key, h, srcLow, s)
		t.slots[i] = slot{h, tr}
		t.used++
		return tr
	}
	if tr.shared && key.apart == 0 && !tr.alike(s) {
		other := *key
		other.apart = apartBy(s.VLAN, s.Tunnel)
		return t.lookup(&other, srcLow, s)
	}
	return tr
}

// anew starts another connection on the ports of tr: in its place, or beside it when VLAN or tunnel show that both live
// at the same time.
func (t *Table) anew(tr *track, srcLow bool, s *wire.Segment) *track {
	if tr.isOver() || tr.alike(s) || tr.key.apart != 0 {
		return t.replace(tr, srcLow, s)
	}
	tr.shared = true
	key := tr.key
	key.apart = apartBy(s.VLAN, s.Tunnel)
	return t.lookup(&key, srcLow, s)
}

// alike reports whether s came through the same VLAN and tunnel as the first segment of the connection.
func (tr *track) alike(s *wire.Segment) bool {
	return tr.conv.VLAN == s.VLAN && tr.conv.Tunnel == s.Tunnel
}

// find returns the slot of key, or the empty slot where it belongs.
func (t *Table) find(h uint64, key *Key) int {
	if 4*(t.used+1) > 3*len(t.slots) {
		t.grow()
	}
	mask := len(t.slots) - 1
	for i := int(h) & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.track == nil || s.hash == h && s.track.key == *key {
			return i
		}
	}
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]slot, max(1024, 2*len(old)))
	mask := len(t.slots) - 1
	for _, s := range old {
		if s.track == nil {
			continue
		}
		i := int(s.hash) & mask
		for t.slots[i].track != nil {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

// begin starts a track; the caller puts it into its slot.
func (t *Table) begin(key Key, h uint64, srcLow bool, s *wire.Segment) *track {
	var tr *track
	if n := len(t.free); n > 0 {
		tr, t.free = t.free[n-1], t.free[:n-1]
		tr.recycle()
	} else {
		tr = &track{rows: rowLog{shelf: &t.shelf}}
	}
	keep := t.Keep
	if t.Only != nil && *t.Only != t.nextID {
		keep = Keep{}
	}
	tr.start(t.nextID, key, h, srcLow, s, keep)
	tr.longWay = t.longWay
	tr.passage = t.Passage
	t.nextID++
	return tr
}

// replace finishes a track and starts the next connection on the same ports in its slot.
func (t *Table) replace(old *track, srcLow bool, s *wire.Segment) *track {
	tr := t.begin(old.key, old.hash, srcLow, s)
	tr.reused = true
	t.slots[t.find(old.hash, &old.key)].track = tr
	t.done(old)
	return tr
}

// startsAnew reports whether a SYN opens a new connection on the ports of a known one: its number is not that of the SYN
// that opened the known one. The same number again is a retry of one attempt, also after a refusal.
func (tr *track) startsAnew(d Dir, s *wire.Segment) bool {
	if !s.Flags.Any(wire.SYN) || s.Flags.Any(wire.ACK|wire.RST) || tr.conv.Frames == 0 {
		return false
	}
	own, other := &tr.conv.Half[d].SYN, &tr.conv.Half[d.Other()].SYN
	if own.Seen {
		return own.ISN != s.Seq
	}
	if tr.isOver() {
		return true
	}
	// A SYN from an end that has sent none: it belongs to a SYN-ACK captured before it, or crosses the other end's SYN.
	if other.Seen && (tr.conv.Handshake.SYNACK == 0 || tr.conv.Half[d].Packets == 0) {
		return false
	}
	known, _ := tr.pair.Side[d].Known()
	return !known || tr.base(d) != s.Seq
}

// ICMP ties an ICMP error to the connection that it quotes.
func (t *Table) ICMP(q *wire.ICMP) {
	if len(t.slots) > 0 {
		key, _ := keyOf(&q.Src, &q.Dst, q.SrcPort, q.DstPort)
		if tr := t.slots[t.find(key.hash(), &key)].track; tr != nil {
			tr.icmp(q)
			return
		}
	}
	if len(t.stray) < maxStray {
		t.stray = append(t.stray, *q)
	}
}

// maxICMP bounds the ICMP errors kept of one connection.
const maxICMP = 16

func (tr *track) icmp(q *wire.ICMP) {
	if q.MTU > 0 {
		tr.pair.PathMTU(q.Frame, q.Time)
	}
	if len(tr.conv.ICMP) < maxICMP {
		tr.conv.ICMP = append(tr.conv.ICMP, *q)
	}
}

// Stray returns the ICMP errors that quote no connection of the capture, the first few.
func (t *Table) Stray() []wire.ICMP { return t.stray }

// lingering is a connection that is over, and when it was last looked at.
type lingering struct {
	track *track
	id    uint32 // of the connection: the track may serve another one by then
	since capture.Stamp
}

const defaultLinger = 5 * time.Second

// over puts a connection that is over into the queue.
func (t *Table) over(tr *track) {
	tr.lingers = true
	if len(t.queue) == cap(t.queue) && t.head > len(t.queue)/2 {
		t.queue = t.queue[:copy(t.queue, t.queue[t.head:])]
		t.head = 0
	}
	t.queue = append(t.queue, lingering{tr, tr.conv.ID, tr.conv.Last})
}

// expire finishes the connections that have been over and silent for Linger.
func (t *Table) expire(now capture.Stamp) {
	linger := t.Linger
	if linger == 0 {
		linger = defaultLinger
	}
	for t.head < len(t.queue) {
		q := &t.queue[t.head]
		if now.Sub(q.since) <= linger {
			return
		}
		tr, id := q.track, q.id
		t.head++
		if tr.conv.ID != id || !tr.lingers {
			continue
		}
		if now.Sub(tr.conv.Last) <= linger || !tr.isOver() {
			tr.lingers = false
			if tr.isOver() {
				t.over(tr)
			}
			continue
		}
		t.remove(tr)
		t.done(tr)
	}
	t.queue, t.head = t.queue[:0], 0
}

// remove empties the slot of tr and moves back what linear probing had pushed behind it.
func (t *Table) remove(tr *track) {
	mask := len(t.slots) - 1
	i := t.find(tr.hash, &tr.key)
	t.used--
	for j := i; ; {
		j = (j + 1) & mask
		s := t.slots[j]
		if s.track == nil {
			break
		}
		if home := int(s.hash) & mask; (j-home)&mask >= (j-i)&mask {
			t.slots[i] = s
			i = j
		}
	}
	t.slots[i] = slot{}
	if t.last == tr {
		t.last = nil
	}
}

// Finish hands out every connection still followed, in the order of their first frames.
func (t *Table) Finish() {
	all := make([]*track, 0, t.used)
	for _, s := range t.slots {
		if s.track != nil {
			all = append(all, s.track)
		}
	}
	sortByID(all)
	t.slots, t.used, t.last, t.queue, t.head = nil, 0, nil, nil, 0
	for _, tr := range all {
		t.done(tr)
	}
}

// done hands a finished connection out and takes its track back for another one.
func (t *Table) done(tr *track) {
	t.Done(tr.conclude())
	tr.rows.reset()
	tr.lingers = false
	t.free = append(t.free, tr)
}

// Hold says that the rows of c, a copy of a finished conversation, stay in memory: there is less room for those of others.
func (t *Table) Hold(c *Conversation) { t.shelf.extra += max(0, len(c.Rows)-fewRows) }

// Release takes back what Hold said.
func (t *Table) Release(c *Conversation) { t.shelf.extra -= max(0, len(c.Rows)-fewRows) }
