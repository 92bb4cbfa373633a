package flow

import (
	"bytes"
	"cmp"
	"slices"
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
	Later   func(*Noted)                                      // called instead of Done for those that are not followed yet; nil: they are followed
	Seen    func(*Conversation, Dir, wire.Seq, *wire.Segment) // called for each segment, with its relative number; nil: nobody asks
	Passage func(frame uint32) Passage                        // how a segment got to the other end; nil: nobody knows
	Linger  time.Duration                                     // how long a connection that is over waits for stragglers; 0: five seconds, as Zeek waits

	slots  []slot
	used   int
	last   *entry // the connection of the previous segment
	nextID uint32
	stray  []wire.ICMP // errors that quote no connection of the capture
	looked int         // entries looked through for errors whose quote the snap length cut
	queue  []lingering // of connections that are over, in the order in which they were
	head   int
	shelf  shelf
	tracks []*track // that are free
	chunks chunks
	spare  *entry // the first that is free
	blocks []*block
	noted  Follower
	memory Memory // that it was done with

	longWay bool // nothing is noted, and no segment takes the short way: for the test that all ways say the same
}

// slot is where an entry is found: small and without a pointer, for most of them are far from the cache.
type slot struct {
	hash uint32
	at   uint32 // the number of the entry; 0: the slot is empty
}

// block is memory for entries, which are numbered from 1.
type block [64]entry

// entry returns the entry with a number; nil when the number is 0.
func (t *Table) entry(at uint32) *entry {
	if at == 0 {
		return nil
	}
	return &t.blocks[(at-1)/uint32(len(block{}))][(at-1)%uint32(len(block{}))]
}

// entry is a connection of the table.
type entry struct {
	Noted          // unless it has a track
	track   *track // follows it; nil as long as its segments are noted
	hash    uint32
	at      uint32 // its number
	spare   *entry // the next one that is free, as this one is
	holds   *entry // the connection that has its ports until the SYN is answered
	strays  *entry // attempts on its ports that came to nothing; the next one is the spare of each
	shared  bool   // other connections use its addresses and ports at the same time, in other VLANs or tunnels
	lingers bool   // it is over and stands in the queue
}

// maxStray bounds the ICMP errors kept that quote no known connection.
const maxStray = 64

// Segment accounts for one segment.
func (t *Table) Segment(s *wire.Segment) {
	key, srcLow := keyOf(&s.Src, &s.Dst, s.SrcPort, s.DstPort)
	e := t.last
	if e == nil || e.key != key || e.shared {
		t.expire(s.Time)
		e = t.lookup(&key, s)
	}
	t.last = e
	if e.holds != nil {
		e = t.settle(e, srcLow, s)
	}
	if t.startsAnew(e, srcLow, s) {
		e = t.anew(e, s)
		t.last = e
	}
	if e.track != nil || !e.add(endOf(srcLow), s, t.most(), &t.chunks) {
		t.take(e, srcLow, s)
	}
	if !e.lingers && e.isOver() {
		t.over(e)
	}
}

// most is how many notes a connection may have.
func (t *Table) most() uint16 {
	if t.longWay || t.Keep.All || t.Keep.Detail || t.Keep.Measure || t.Seen != nil || t.Passage != nil {
		return 0
	}
	return mostNoted
}

// take follows a segment.
func (t *Table) take(e *entry, srcLow bool, s *wire.Segment) {
	if e.track == nil && e.n == 0 {
		e.track = t.fresh()
		e.track.start(e.ID, srcLow, s, t.keep(e.ID))
		e.track.reused = e.reused
	}
	tr := t.follow(e)
	d := tr.dir(srcLow)
	tr.take(d, s)
	if t.Seen != nil {
		t.Seen(&tr.conv, d, s.Seq-tr.base(d), s)
	}
}

// follow returns the track of e. When there is none yet, a new one takes what was noted.
func (t *Table) follow(e *entry) *track {
	if e.track == nil {
		e.track = t.fresh()
		t.noted.take(e.track, &e.Noted, t.keep(e.ID), &t.memory)
		t.Reclaim(&t.memory)
	}
	return e.track
}

// fresh returns a track.
func (t *Table) fresh() *track {
	var tr *track
	if n := len(t.tracks); n > 0 {
		tr, t.tracks = t.tracks[n-1], t.tracks[:n-1]
		tr.recycle()
	} else {
		tr = &track{rows: rowLog{shelf: &t.shelf}}
	}
	tr.longWay, tr.passage = t.longWay, t.Passage
	return tr
}

// keep is what is kept of a connection.
func (t *Table) keep(id uint32) Keep {
	if t.Only != nil && *t.Only != id {
		return Keep{}
	}
	return t.Keep
}

// isOver reports whether nothing more is to be expected of the connection.
func (e *entry) isOver() bool {
	if e.track != nil {
		return e.track.isOver()
	}
	return e.over
}

// latest is the time of its latest segment.
func (e *entry) latest() capture.Stamp {
	if e.track != nil {
		return e.track.conv.Last
	}
	return e.notes.last
}

// lookup finds the connection of a segment, or starts it.
func (t *Table) lookup(key *Key, s *wire.Segment) *entry {
	h := key.hash()
	i := t.find(h, key)
	e := t.entry(t.slots[i].at)
	if e == nil {
		e = t.begin(key, h, s)
		t.slots[i] = slot{h, e.at}
		t.used++
		return e
	}
	if e.shared && key.apart == 0 && !e.alike(s) {
		other := *key
		other.apart = apartBy(s.VLAN, s.Tunnel)
		return t.lookup(&other, s)
	}
	return e
}

// anew starts another connection on the ports of e: in its place, or beside it when VLAN or tunnel show that both live
// at the same time.
func (t *Table) anew(e *entry, s *wire.Segment) *entry {
	if e.isOver() || e.alike(s) || e.key.apart != 0 {
		return t.replace(e, s)
	}
	e.shared = true
	key := e.key
	key.apart = apartBy(s.VLAN, s.Tunnel)
	return t.lookup(&key, s)
}

// alike reports whether s came through the same VLAN and tunnel as the first segment of the connection.
func (e *entry) alike(s *wire.Segment) bool { return e.vlan == s.VLAN && e.tunnel == s.Tunnel }

// find returns the slot of key, or the empty slot where it belongs.
func (t *Table) find(h uint32, key *Key) int {
	if 4*(t.used+1) > 3*len(t.slots) {
		t.grow()
	}
	mask := len(t.slots) - 1
	for i := int(h) & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.at == 0 || s.hash == h && t.entry(s.at).key == *key {
			return i
		}
	}
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]slot, max(1024, 2*len(old)))
	mask := len(t.slots) - 1
	for _, s := range old {
		if s.at == 0 {
			continue
		}
		i := int(s.hash) & mask
		for t.slots[i].at != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

// begin starts a connection; the caller puts it into its slot.
func (t *Table) begin(key *Key, h uint32, s *wire.Segment) *entry {
	e := t.spare
	if e == nil {
		more := new(block)
		first := uint32(len(t.blocks)*len(more)) + 1
		t.blocks = append(t.blocks, more)
		for i := range more {
			more[i].at, more[i].spare, e = first+uint32(i), e, &more[i]
		}
	}
	t.spare = e.spare
	*e = entry{Noted: Noted{ID: t.nextID, key: *key, vlan: s.VLAN, tunnel: s.Tunnel}, hash: h, at: e.at}
	t.nextID++
	return e
}

// replace finishes a connection, unless it may go on, and starts the next one on the same ports in its slot.
func (t *Table) replace(old *entry, s *wire.Segment) *entry {
	e := t.begin(&old.key, old.hash, s)
	e.reused = true
	t.slots[t.find(old.hash, &old.key)].at = e.at
	if e.holds = t.held(old); e.holds == nil {
		t.done(old)
	}
	return e
}

// startsAnew reports whether a SYN opens a new connection on the ports of a known one: its number is not that of the SYN
// that opened the known one. The same number again is a retry of one attempt, also after a refusal.
func (t *Table) startsAnew(e *entry, srcLow bool, s *wire.Segment) bool {
	if !s.Flags.Any(wire.SYN) || s.Flags.Any(wire.ACK|wire.RST) || e.n == 0 && e.track == nil {
		return false
	}
	if e.track == nil {
		if end := endOf(srcLow); e.syn[end] {
			return e.isn[end] != s.Seq
		}
	}
	tr := t.follow(e)
	return tr.startsAnew(tr.dir(srcLow), s)
}

// startsAnew is the table's, of a connection that is followed.
func (tr *track) startsAnew(d Dir, s *wire.Segment) bool {
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
	switch {
	case q.QuotedTCP < 4:
		if e := t.onlyAttempt(q); e != nil {
			tr := t.follow(e)
			c := &tr.conv
			q.Src, q.SrcPort, q.Dst, q.DstPort = c.Client, c.ClientPort, c.Server, c.ServerPort
			tr.icmp(q)
			return
		}
	case len(t.slots) > 0:
		key, _ := keyOf(&q.Src, &q.Dst, q.SrcPort, q.DstPort)
		e := t.entry(t.slots[t.find(key.hash(), &key)].at)
		if e != nil && (q.QuotedTCP >= 8 || !e.reused) {
			t.follow(e).icmp(q)
			return
		}
	}
	if len(t.stray) < maxStray {
		t.stray = append(t.stray, *q)
	}
}

// mostLooked bounds how many entries are looked through for such errors: each costs a look at every connection under way.
const mostLooked = 1 << 22

// onlyAttempt is the one connection under way that an error can be about whose quote was cut before the ports: SYNs from the quoted
// source, unanswered so far, to the quoted destination, as far as it is known. Nil when there is none, or more than one.
func (t *Table) onlyAttempt(q *wire.ICMP) (only *entry) {
	if t.looked += len(t.slots); t.looked > mostLooked || q.QuotedDst == 0 {
		return nil
	}
	for _, s := range t.slots {
		e := t.entry(s.at)
		if e == nil || !e.attempts(q) {
			continue
		}
		if only != nil {
			return nil
		}
		only = e
	}
	return only
}

// attempts reports whether the connection is an unanswered attempt to open from q's source to what is known of its destination. Of ports
// that had a connection before, it may be that one which q is about: the number that would tell was cut off.
func (e *entry) attempts(q *wire.ICMP) bool {
	addrs, ports := [2]*wire.Addr{&e.key.lo, &e.key.hi}, [2]uint16{e.key.loPort, e.key.hiPort}
	known := int(q.QuotedDst)
	if !q.V6 {
		known += len(wire.Addr{}) - 4 // the prefix of IPv4
	}
	for c := range addrs {
		if !e.reused && *addrs[c] == q.Src && (q.QuotedTCP < 2 || ports[c] == q.SrcPort) && bytes.Equal(addrs[1-c][:known], q.Dst[:known]) && e.asks(c) {
			return q.Time.Sub(e.latest()) < unreachableAfter
		}
	}
	return false
}

// unreachableAfter is how long a router may look for a host before it says that it found none: three times, a second apart (RFC 4861, 10).
const unreachableAfter = 4 * time.Second

// asks reports whether an end has sent SYNs and got no answer.
func (e *entry) asks(end int) bool {
	if e.track == nil {
		return e.trial && e.sent[end]
	}
	c, port := &e.track.conv, [2]uint16{e.key.loPort, e.key.hiPort}[end]
	return c.Half[ToServer].SYN.Seen && c.Half[ToClient].Packets == 0 && c.ClientPort == port && c.Client == *[2]*wire.Addr{&e.key.lo, &e.key.hi}[end]
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
	entry *entry
	id    uint32 // of the connection: the entry may be another one's by then
	since capture.Stamp
}

const defaultLinger = 5 * time.Second

// over puts a connection that is over into the queue.
func (t *Table) over(e *entry) {
	e.lingers = true
	if len(t.queue) == cap(t.queue) && t.head > len(t.queue)/2 {
		t.queue = t.queue[:copy(t.queue, t.queue[t.head:])]
		t.head = 0
	}
	t.queue = append(t.queue, lingering{e, e.ID, e.latest()})
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
		e, id := q.entry, q.id
		t.head++
		if e.ID != id || !e.lingers {
			continue
		}
		if now.Sub(e.latest()) <= linger || !e.isOver() {
			e.lingers = false
			if e.isOver() {
				t.over(e)
			}
			continue
		}
		t.remove(e)
		t.done(e)
	}
	t.queue, t.head = t.queue[:0], 0
}

// remove empties the slot of e and moves back what linear probing had pushed behind it.
func (t *Table) remove(e *entry) {
	mask := len(t.slots) - 1
	i := t.find(e.hash, &e.key)
	t.used--
	for j := i; ; {
		j = (j + 1) & mask
		s := t.slots[j]
		if s.at == 0 {
			break
		}
		if home := int(s.hash) & mask; (j-home)&mask >= (j-i)&mask {
			t.slots[i] = s
			i = j
		}
	}
	t.slots[i] = slot{}
	if t.last == e {
		t.last = nil
	}
}

// Finish hands out every connection still followed, in the order of their first frames.
func (t *Table) Finish() {
	all := make([]*entry, 0, t.used)
	for _, s := range t.slots {
		if s.at != 0 {
			all = append(all, t.entry(s.at))
		}
	}
	slices.SortFunc(all, func(a, b *entry) int { return cmp.Compare(a.ID, b.ID) })
	t.slots, t.used, t.last, t.queue, t.head = nil, 0, nil, nil, 0
	for _, e := range all {
		t.done(e)
	}
}

// done hands a finished connection out and takes its memory back for another one.
func (t *Table) done(e *entry) {
	if e.holds != nil {
		t.done(e.holds)
	}
	switch {
	case e.track != nil:
		t.Done(e.track.conclude())
		e.track.rows.reset()
		t.tracks = append(t.tracks, e.track)
	case t.Later != nil:
		t.Later(&e.Noted)
	default:
		t.noted.track.rows.shelf = &t.shelf
		t.Done(t.noted.Follow(&e.Noted, &t.memory))
		t.noted.track.rows.reset()
		t.Reclaim(&t.memory)
	}
	strays := e.strays
	e.track, e.lingers, e.holds, e.strays = nil, false, nil, nil
	e.spare, t.spare = t.spare, e
	for strays != nil {
		stray := strays
		strays = stray.spare
		t.done(stray)
	}
}

// Reclaim takes back the memory of connections that Later was given.
func (t *Table) Reclaim(m *Memory) { t.chunks.put(m) }

// Hold says that the rows of c, a copy of a finished conversation, stay in memory: there is less room for those of others.
func (t *Table) Hold(c *Conversation) { t.shelf.extra += max(0, len(c.Rows)-fewRows) }

// Release takes back what Hold said.
func (t *Table) Release(c *Conversation) { t.shelf.extra -= max(0, len(c.Rows)-fewRows) }
