package classify

import (
	"slices"
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Side is what one end has sent, as far as the capture holds it, and what it has acknowledged. Sequence numbers are raw.
type Side struct { // what every segment touches stands first, in a few cache lines
	base   wire.Seq
	next   wire.Seq // one past the highest number sent (SND.NXT as far as seen)
	acked  wire.Seq // highest number the other end acknowledged (SND.UNA)
	finSeq wire.Seq

	lastAck  wire.Seq
	ackFrame uint32        // first frame with lastAck
	ackTime  capture.Stamp // of the latest frame that acknowledged or SACKed something new
	window   uint32        // scaled
	dupAcks  uint32
	probe    Marks // KeepAlive or ZeroWindowProbe while its answer is awaited

	known    bool // base is set
	syn      bool // base is the ISN of a SYN that was seen; else the number before the first byte seen
	fin      bool
	active   bool // it has sent something that was captured
	ackSeen  bool // lastAck and window are set
	scaled   bool // it offered window scaling
	cut      bool // the capture has not all of its SYN's options
	sackOK   bool
	repeated bool // its latest segment carried nothing new: the ACK it draws is a duplicate
	far      bool // acked is so far beyond base that the two no longer compare
	copies   bool // the capture held a packet of this end twice, as its IP ID shows
	nprints  uint8
	scale    uint8
	mss      uint16

	lastTime  capture.Stamp
	lastFrame uint32
	probeFrm  uint32
	probeEnd  wire.Seq // one past the byte of a window probe, which the receiver may or may not take
	lossEnd   wire.Seq // what was outstanding when the retransmission timer ran out ends here
	lossFrame uint32   // what was sent again then; 0 when that has never happened
	opening   opening

	rtt    time.Duration // the least from one of its segments to the ACK: from the capture to the other end and back
	out    flights
	keys   [4]uint64 // of prints
	gaps   gaps
	sacked spanSet
	prints [4]print
	leap   leap
	lost   passed // gaps too far back for anything to fill them
	rival  *Side  // this end as another SYN began it, while the other end has acknowledged neither; mostly nil
}

// print identifies a packet: copies that a mirror port, a bridge or the "any" device made have the same one. Its
// sequence and acknowledgement number stand apart from it, since few segments share both with one before.
type print struct {
	time     capture.Stamp
	tsval    uint32
	frame    uint32
	length   uint32
	ipid     uint16
	checksum uint16
	window   uint16
	flags    wire.Flags
	iface    uint16
	ttl      uint8
}

// opening is the segment that opened a closed window.
type opening struct {
	time  capture.Stamp
	frame uint32
	tsval uint32
}

// leap is a number of this end farther from the others than any window: of no connection, unless the other end takes part.
type leap struct {
	seq   wire.Seq
	frame uint32 // 0: none
	acked bool   // the other end's ACK named it, not a segment of this end
}

// passed are numbers of this end that the capture lacks.
type passed struct{ total, acked uint64 }

// leaps reports whether a far number is this end's all the same, and what it passed over: a segment and an ACK, one from
// each end, agree on it. The capture has pauses then, in which gigabytes went by.
func (me *Side) leaps(seq wire.Seq, frame uint32, acked bool) (missing uint32, ok bool) {
	before := me.leap
	me.leap = leap{seq, frame, acked}
	if before.frame == 0 || before.acked == acked || isFar(seq.Sub(before.seq)) {
		return 0, false
	}
	missing = uint32(seq - me.next)
	ack := seq - 1
	if before.acked {
		ack = before.seq
	}
	me.skip(seq)
	me.acked, me.far, me.leap = ack, true, leap{}
	return missing, true
}

// skip counts everything between the highest number seen and seq as missing, and begins anew there.
func (me *Side) skip(seq wire.Seq) {
	for _, g := range me.gaps {
		me.lost.add(g)
	}
	me.lost.add(gap{span: span{me.next, seq}, acked: 1})
	me.gaps, me.sacked, me.out = me.gaps[:0], me.sacked[:0], flights{list: me.out.list[:0]}
	me.next = seq
}

func (p *passed) add(g gap) {
	p.total += uint64(g.len())
	if g.acked != 0 {
		p.acked += uint64(g.len())
	}
}

// miss adds a gap above all others.
func (me *Side) miss(g gap) {
	me.forget()
	me.gaps = me.gaps.open(g)
}

// forget gives up the gaps that are so far back that their numbers no longer compare with those of today.
func (me *Side) forget() {
	old := 0
	for old < len(me.gaps) && me.next.Sub(me.gaps[old].start) >= farAway {
		me.lost.add(me.gaps[old])
		old++
	}
	if old > 0 {
		me.gaps = append(me.gaps[:0], me.gaps[old:]...)
	}
}

// offer takes in the window that this end offers with s.
func (me *Side) offer(window uint32, s *wire.Segment) {
	if me.window == 0 && window > 0 && me.ackSeen {
		me.opening = opening{s.Time, s.Frame, s.Options.TSVal}
	}
	me.window = window
}

// printKey is the sequence and the acknowledgement number of a segment.
func printKey(s *wire.Segment) uint64 { return uint64(s.Seq)<<32 | uint64(s.Ack) }

// copyWindow is how far apart copies of one packet may be: a mirror or a router between two taps takes no longer.
const copyWindow = 20 * time.Millisecond

// blindCopyWindow is used where no IP ID tells copies apart: no sender repeats a segment that fast.
const blindCopyWindow = 100 * time.Microsecond

// copyOf returns the packet that s is a copy of, if the capture holds it twice.
//
// A repetition is a new packet with a new IP ID. Where there is none (IPv6, and Linux sends SYN-ACK and RST with 0) the
// bytes alone prove nothing: a server may repeat its SYN-ACK within microseconds, and answers each stray segment with
// the same RST. There only another path (TTL, interface) or copies seen before on this connection tell.
func (me *Side) copyOf(s *wire.Segment) *print {
	key := printKey(s)
	for i := range me.prints[:min(int(me.nprints), len(me.prints))] {
		p := &me.prints[i]
		if me.keys[i] != key || p.flags != s.Flags || p.length != s.Len || p.window != s.Window ||
			p.checksum != s.Checksum || p.ipid != s.IPID || p.tsval != s.Options.TSVal {
			continue
		}
		if gap := s.Time.Sub(p.time); gap < me.copyWithin(p, s) && gap > -copyWindow {
			return p
		}
	}
	return nil
}

// copyWithin is how long after p the same bytes may still be a copy of it; 0 when nothing shows that they are.
func (me *Side) copyWithin(p *print, s *wire.Segment) time.Duration {
	switch {
	case s.IPID != 0 || p.ttl != s.TTL || p.iface != s.Iface:
		return copyWindow
	case me.copies, s.Len > 0 && s.Options.Has&wire.HasTimestamps != 0:
		return blindCopyWindow
	}
	return 0
}

// note remembers s for later copies.
func (me *Side) note(s *wire.Segment) {
	i := me.nprints % 4
	me.keys[i] = printKey(s)
	p := &me.prints[i]
	p.time, p.tsval, p.frame, p.length, p.ipid = s.Time, s.Options.TSVal, s.Frame, s.Len, s.IPID
	p.checksum, p.window, p.flags, p.iface, p.ttl = s.Checksum, s.Window, s.Flags, s.Iface, s.TTL
	if me.nprints++; me.nprints == 8 {
		me.nprints = 4
	}
}

// open begins the sequence space of this end at its ISN.
func (me *Side) open(s *wire.Segment) {
	me.known, me.syn, me.far = true, true, false
	me.base, me.next, me.acked = s.Seq, s.Seq, s.Seq
	me.gaps, me.sacked, me.out = me.gaps[:0], me.sacked[:0], flights{list: me.out.list[:0]}
	me.scaled = s.Options.Has&wire.HasWindowScale != 0
	me.cut = s.Options.Has&wire.CutOptions != 0
	me.scale = min(s.Options.WindowScale, 14) // RFC 7323, 2.3: more than 14 counts as 14
	me.sackOK = s.Options.Has&wire.HasSACKPermitted != 0
	me.mss = s.Options.MSS
}

// foreign reports whether s is a SYN with another number than the one that the other end has acknowledged: of a second
// server behind the address, or forged. A receiver in ESTABLISHED takes nothing of it (RFC 5961, 4).
func (me *Side) foreign(s *wire.Segment) bool {
	return s.Flags.Any(wire.SYN) && me.syn && me.base != s.Seq && me.acked != me.base
}

// replace begins the sequence space anew at another ISN, before the other end has acknowledged the one before. That one may
// still be what it takes: two servers behind one address, or a box on the path, answer one SYN each.
func (me *Side) replace(s *wire.Segment) {
	before := *me
	before.gaps, before.sacked, before.out = nil, nil, flights{list: slices.Clone(me.out.all())}
	me.rival = &before
	me.open(s)
}

// choose settles which of two SYNs began this end's sequence space, by what the other end acknowledges: it takes the first
// that reached it, and nothing of the other (RFC 9293, 3.10.7.3).
func (me *Side) choose(ack wire.Seq) {
	taken := me.rival
	if me.rival = nil; ack != taken.base+1 {
		return
	}
	taken.copies, taken.nprints, taken.keys, taken.prints, taken.rival = me.copies, me.nprints, me.keys, me.prints, nil
	taken.lastTime, taken.lastFrame = me.lastTime, me.lastFrame
	*me = *taken
}

// join begins the sequence space in the middle: the next byte is next, so that it gets the relative number 1.
func (me *Side) join(next wire.Seq) {
	me.known = true
	me.base, me.next, me.acked = next-1, next, next
}

// inFlight returns how many numbers of this end are not acknowledged.
func (me *Side) inFlight() uint32 { return uint32(max(0, me.next.Sub(me.acked))) }

// Missing returns how many numbers of this direction the capture lacks, and how many of them the other end acknowledged.
func (me *Side) Missing() (total, acked uint64) {
	all := me.lost
	for _, g := range me.gaps {
		all.add(g)
	}
	return all.total, all.acked
}

// reset makes the side ready for another connection; it keeps its memory.
func (me *Side) reset() {
	gaps, sacked, list := me.gaps[:0], me.sacked[:0], me.out.list[:0]
	*me = Side{}
	me.gaps, me.sacked, me.out.list = gaps, sacked, list
}

// Next returns the relative sequence number after the highest byte seen.
func (me *Side) Next() wire.Seq { return me.next - me.base }

// Acked returns the highest relative number the other end acknowledged.
func (me *Side) Acked() wire.Seq { return me.acked - me.base }

// Base returns the raw number that relative numbers count from.
func (me *Side) Base() wire.Seq { return me.base }

// Known reports whether the sequence space has a beginning, and whether that is the ISN.
func (me *Side) Known() (known, isn bool) { return me.known, me.syn }
