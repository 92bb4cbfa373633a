package flow

import "tcplab/analyze/wire"

// end is what is known of one end's life; its RFC 9293 state follows from it. Segments are taken as delivered, unless
// later ones prove that they were not.
type end struct {
	seen     bool     // it sent something
	syn      bool     // it sent a SYN
	synAcked bool     // the other end acknowledged that SYN
	open     bool     // it is past the handshake
	fin      bool     // it sent a FIN
	finAcked bool     // the other end acknowledged that FIN
	passive  bool     // its FIN acknowledged the other end's FIN: it closed second
	synCame  bool     // its SYN reached the other end
	finCame  bool     // its FIN did
	dead     bool     // a reset ended it
	older    bool     // it answered a SYN with another number than that one's: it has an older connection, or somebody forged the answer
	synSeq   wire.Seq // raw, while synAcked is not set
	synEnd   wire.Seq // behind what it sent with its SYN
	finSeq   wire.Seq // raw
}

// Passage is how a segment got from one end to the other, where the captures of both ends tell.
type Passage uint8

// The passages. With one capture every segment counts as delivered.
const (
	Delivered Passage = iota
	Gone              // it was sent and never arrived
	Foreign           // it arrived, and the end whose address it carries did not send it
)

// lives are both ends, and whether a reset ended the connection.
type lives struct {
	end   [2]end // client, server
	reset bool
}

// take moves both ends by a segment that d sent; counts is false for a RST that its receiver ignores.
func (l *lives) take(d Dir, s *wire.Segment, counts bool, how Passage) {
	me, peer := &l.end[d], &l.end[d.Other()]
	if s.Flags.Any(wire.RST) {
		me.seen = true
		l.reset = l.reset || counts
		me.dead = me.dead || counts && how != Foreign && !(me.asks() && peer.older) // which is refused, and asked again (RFC 9293, 3.10.7.3)
		peer.dead = peer.dead || counts && how != Gone
		return
	}
	if how != Gone {
		me.synCame, me.finCame = me.synCame || s.Flags.Any(wire.SYN), me.finCame || s.Flags.Any(wire.FIN)
	}
	if how == Foreign {
		return
	}
	me.seen = true
	switch bad := peer.unacceptable(s); {
	case bad:
		me.older = true
	case s.Flags.Any(wire.SYN):
		if !me.syn {
			me.synEnd = s.End()
		}
		me.syn, me.synSeq, me.synEnd = true, s.Seq, me.synEnd.Max(s.End())
	case !me.syn:
		me.open = true // joined in the middle
	}
	if s.Flags.Any(wire.ACK) && how != Gone {
		l.takeAck(me, peer, s)
	}
	if s.Flags.Any(wire.FIN) && !me.fin {
		me.fin, me.finSeq = true, s.End()-1
		me.passive = peer.fin && s.Flags.Any(wire.ACK) && peer.finSeq.Less(s.Ack)
	}
}

// asks reports whether an end has sent its SYN and had no answer that it could take.
func (e *end) asks() bool { return e.syn && !e.synAcked && !e.open }

// unacceptable reports whether s acknowledges something else than the SYN of an end that waits for its answer, which then
// stays where it is (RFC 9293, 3.10.7.3, "first check the ACK bit").
func (e *end) unacceptable(s *wire.Segment) bool {
	return e.asks() && s.Flags.Any(wire.ACK) && (!e.synSeq.Less(s.Ack) || e.synEnd.Less(s.Ack))
}

// takeAck notes what an ACK proves of the other end. Only an ACK beyond the FIN covers it (RFC 9293, 3.10.7.4, "FIN").
func (l *lives) takeAck(me, peer *end, s *wire.Segment) {
	if peer.syn && !peer.unacceptable(s) {
		peer.synAcked = true
		peer.open = peer.open || !s.Flags.Any(wire.SYN) || me.syn && me.synAcked
		if s.Flags.Any(wire.SYN) { // SYN-ACK: the end that gets it is established
			peer.open = true
		}
	}
	if peer.fin && peer.finSeq.Less(s.Ack) {
		peer.finAcked = true
	}
}

// states returns the state of client and server.
func (l *lives) states() [2]State {
	return [2]State{l.state(ToServer), l.state(ToClient)}
}

func (l *lives) state(d Dir) State {
	me, peer := &l.end[d], &l.end[d.Other()]
	switch {
	case me.dead:
		return Closed
	case me.fin:
		return me.closing(peer)
	case peer.finCame && (me.open || me.syn):
		return CloseWait
	case me.open:
		return Established
	case me.syn && peer.syn:
		return SynReceived
	case me.syn:
		return SynSent
	case me.older:
		return Unknown
	case peer.synCame: // its SYN is on the way to us: a listener answers from here (RFC 9293, 3.10.7.2)
		return SynReceived
	case peer.syn: // which was lost
		return Listen
	}
	return Unknown
}

// closing is the state of an end that has sent its FIN (RFC 9293, 3.6, figures 12 and 13).
func (me *end) closing(peer *end) State {
	switch {
	case me.passive && me.finAcked:
		return Closed
	case me.passive:
		return LastAck
	case me.finAcked && peer.finCame:
		return TimeWait
	case me.finAcked:
		return FinWait2
	case peer.finCame:
		return Closing
	}
	return FinWait1
}
