package classify

import "tcplab/analyze/wire"

// Next judges s if it is what nearly every segment of a healthy connection is: the next data in order, or an ACK of
// something new, with nothing probed, SACKed or captured twice around it. It reports whether it was; otherwise nothing
// has changed and s is for Judge.
//
// It is Judge with everything left out that cannot apply (Van Jacobson's header prediction, seen from the cable), and
// says the same: FuzzShortcut holds the two together.
func (p *Pair) Next(d uint8, s *wire.Segment, j *Judgement) bool {
	me, peer := &p.Side[d], &p.Side[1-d]
	if !p.isNext(me, peer, s) {
		return false
	}
	*j = Judgement{}
	me.note(s)
	p.relate(me, peer, s, j)
	if s.Ack != me.lastAck {
		p.acknowledge(me, peer, s, j)
	}
	me.offer(j.Window, s)
	if s.Len > 0 {
		me.repeated = false
		j.New = s.Len
		p.advance(me, s, span{s.Seq, s.Seq + wire.Seq(s.Len)}, 0)
		p.judgeWindow(me, peer, s, j)
	}
	j.InFlight = me.inFlight()
	me.active, me.lastTime, me.lastFrame = true, s.Time, s.Frame
	return true
}

// isNext reports whether Next judges s.
func (p *Pair) isNext(me, peer *Side, s *wire.Segment) bool {
	switch {
	case s.Flags&^wire.PSH != wire.ACK, s.Seq != me.next, s.Window == 0, s.Options.NumSACK != 0,
		s.Len == 0 && s.Ack == me.lastAck, s.Len >= farAway,
		me.lastAck != peer.acked, s.Ack.Less(peer.acked), peer.next.Less(s.Ack), // no old ACK, and none of what was not captured
		!me.known, !peer.known, !me.ackSeen, !peer.ackSeen, peer.window == 0, me.probe|peer.probe != 0,
		len(me.sacked)+len(peer.sacked) != 0:
		return false
	}
	return !me.met(printKey(s)) || me.copyOf(s) == nil
}

// met reports whether one of the latest segments of this end had the same numbers.
func (me *Side) met(key uint64) bool {
	return me.keys[0] == key || me.keys[1] == key || me.keys[2] == key || me.keys[3] == key
}
