package flow

import "tcplab/analyze/wire"

// A SYN with another number on the ports of a live connection asks for a new one, but whether there is one is for its
// receiver to say: it does not obey a SYN in a synchronized state (RFC 5961, 4.2), and where a third party forged the SYN
// both ends go on with what they have. So the attempt holds the live connection until a SYN-ACK ends it, or until the end
// that asked goes on with the old numbers: then the attempt has come to nothing, and follows that connection out of the table.

// held is the live connection whose ports a new one asks for; nil when it is known to be over.
func (t *Table) held(old *entry) *entry {
	if old.isOver() || old.track == nil && !(old.sent[0] && old.sent[1]) {
		return nil
	}
	if l := &t.follow(old).lives; !l.end[0].open || !l.end[1].open {
		return nil
	}
	return old
}

// settle says whose the segment is: of the attempt e, or of the connection that it holds.
func (t *Table) settle(e *entry, srcLow bool, s *wire.Segment) *entry {
	old, asks := e.holds, e.asking(srcLow)
	goesOn := old.track.goesOn(srcLow, s)
	switch {
	case !asks && s.Flags.Has(wire.SYN|wire.ACK):
		e.holds = nil
		t.done(old)
	case asks && goesOn, t.startsAnew(e, srcLow, s):
		t.restore(e, old)
		return old
	case goesOn && s.Len > 0: // whether anybody listens to it is not known yet
		return old
	}
	return e // a pure ACK of the other end may be the answer to the SYN, and a RST the answer to that
}

// restore gives a connection its place back from an attempt.
func (t *Table) restore(attempt, old *entry) {
	t.slots[t.find(old.hash, &old.key)].at = old.at
	attempt.holds, attempt.spare, attempt.lingers, old.strays, t.last = nil, old.strays, false, attempt, old
}

// asking reports whether the SYN that opened the attempt came from the end of a segment.
func (e *entry) asking(srcLow bool) bool {
	if e.track == nil {
		return e.syn[endOf(srcLow)]
	}
	return e.track.conv.Half[e.track.dir(srcLow)].SYN.Seen
}

// goesOn reports whether s continues the connection: both its numbers are near those that come next.
func (t *track) goesOn(srcLow bool, s *wire.Segment) bool {
	const near = 1 << 20 // a number from elsewhere is that near once in two thousand times, and there are two
	me := t.dir(srcLow)
	next := func(d Dir) wire.Seq { return t.pair.Side[d].Base() + t.pair.Side[d].Next() }
	off := func(a, b wire.Seq) bool { return max(a.Sub(b), b.Sub(a)) > near }
	return s.Flags&(wire.SYN|wire.RST|wire.ACK) == wire.ACK && !off(s.Seq, next(me)) && !off(s.Ack, next(me.Other()))
}
