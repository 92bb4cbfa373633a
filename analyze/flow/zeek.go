package flow

import "tcplab/analyze/wire"

// zeekState is an endpoint state as Zeek's connection log counts them; outcome and history are defined by these, not by
// RFC 9293 (docs.zeek.org, conn.log, conn_state and history).
type zeekState uint8

const (
	zInactive zeekState = iota
	zSynSent
	zSynAckSent
	zPartial
	zEstablished
	zClosed
	zReset
)

// zeekEnd is one endpoint in that view.
type zeekEnd struct {
	state, prev             zeekState
	letters                 uint16 // history letters given already
	last                    wire.Seq
	haveLast                bool
	lastSYN, lastFIN, lastR wire.Seq
	repeats, zeros, gaps    uint32
	size                    bool // it sent payload
}

func (e *zeekEnd) set(s zeekState) {
	if s != e.state {
		e.prev, e.state = e.state, s
	}
}

// zeek keeps outcome and history of one connection.
type zeek struct {
	end     [2]zeekEnd
	history []byte
	flipped bool
}

const (
	letterSYN = 1 << iota
	letterFIN
	letterRST
	letterData
	letterACK
	letterMulti
	letterFINRST
)

// maxHistory bounds the history; Zeek's grows by powers of ten only.
const maxHistory = 64

func (z *zeek) letter(d Dir, c byte) {
	if d == ToClient {
		c += 'a' - 'A'
	}
	if len(z.history) < maxHistory {
		z.history = append(z.history, c)
	}
}

// once adds a letter the first time it stands for something in its direction.
func (z *zeek) once(d Dir, bit uint16, c byte) (again bool) {
	e := &z.end[d]
	if e.letters&bit != 0 {
		return true
	}
	e.letters |= bit
	z.letter(d, c)
	return false
}

// scaled adds a letter for the 1st, 10th, 100th … time.
func (z *zeek) scaled(d Dir, n *uint32, c byte) {
	*n++
	for t := uint32(1); t <= *n; t *= 10 {
		if t == *n {
			z.letter(d, c)
		}
		if t > 1e8 {
			break
		}
	}
}

// take moves outcome and history by a segment that d sent. gap tells that it acknowledges bytes the capture lacks.
func (z *zeek) take(d Dir, s *wire.Segment, gap bool) {
	me, peer := &z.end[d], &z.end[d.Other()]
	z.mark(d, s)
	z.window(d, s, me, peer)
	z.sequence(d, s, me)
	if s.Flags.Any(wire.ACK) && peer.state == zInactive && !peer.haveLast && !s.Flags.Any(wire.RST) {
		peer.last, peer.haveLast = s.Ack-1, true
	}
	if s.Len > 0 && !s.Flags.Any(wire.RST) {
		me.size = true
	}
	z.move(d, s, me, peer)
	if gap && me.state != zClosed && me.state != zReset && peer.state != zReset {
		z.scaled(d.Other(), &peer.gaps, 'G')
	}
}

// settled reports whether a segment without SYN, FIN and RST can no longer change the state of either end.
func (z *zeek) settled() bool {
	settled := func(e *zeekEnd) bool { return (e.state == zPartial || e.state == zEstablished) && e.haveLast }
	return settled(&z.end[0]) && settled(&z.end[1])
}

// next is take for a segment in order on a settled connection.
func (z *zeek) next(d Dir, s *wire.Segment, gap bool) {
	me := &z.end[d]
	bit, c := uint16(letterACK), byte('A')
	if s.Len > 0 {
		bit, c, me.size = letterData, 'D', true
	}
	if me.letters&bit == 0 {
		z.once(d, bit, c)
	}
	z.sequence(d, s, me)
	if gap {
		z.scaled(d.Other(), &z.end[d.Other()].gaps, 'G')
	}
}

// mark gives the letters of flags, data and bare ACKs.
func (z *zeek) mark(d Dir, s *wire.Segment) {
	e := &z.end[d]
	control := s.Flags & (wire.SYN | wire.FIN | wire.RST)
	switch {
	case control.Has(wire.FIN | wire.RST):
		z.once(d, letterFINRST, 'I')
	case control&(control-1) != 0:
		z.once(d, letterMulti, 'Q')
	case control == wire.SYN:
		c := byte('S')
		if s.Flags.Any(wire.ACK) {
			c = 'H'
		}
		if z.once(d, letterSYN, c) && s.Seq != e.lastSYN {
			z.letter(d, c)
		}
		e.lastSYN = s.Seq
	case control == wire.FIN:
		if z.once(d, letterFIN, 'F') && s.End() != e.lastFIN {
			z.letter(d, 'F')
		}
		e.lastFIN = s.End()
	case control == wire.RST:
		if z.once(d, letterRST, 'R') && s.Seq != e.lastR {
			z.letter(d, 'R')
		}
		e.lastR = s.Seq
	case s.Len > 0:
		z.once(d, letterData, 'D')
	case s.Flags.Any(wire.ACK):
		z.once(d, letterACK, 'A')
	}
}

func (z *zeek) window(d Dir, s *wire.Segment, me, peer *zeekEnd) {
	if s.Window == 0 && !s.Flags.Any(wire.RST) && peer.state != zClosed && me.state != zReset {
		z.scaled(d, &me.zeros, 'W')
	}
}

// sequence follows the highest number sent; data that does not pass it counts as sent again.
func (z *zeek) sequence(d Dir, s *wire.Segment, me *zeekEnd) {
	end := s.End()
	if s.Flags.Any(wire.RST) {
		end = s.Seq
	}
	switch {
	case !me.haveLast:
		me.last, me.haveLast = end, true
	case me.state == zReset && !(s.Flags.Any(wire.SYN) && me.prev == zInactive):
	case s.Flags.Any(wire.SYN) && me.state != zClosed:
		me.last = end
	case me.last.Less(end):
		if !s.Flags.Any(wire.RST) || end-me.last < 1<<20 {
			me.last = end
		}
	case s.Len > 0:
		z.scaled(d, &me.repeats, 'T')
	}
}

// move is Zeek's endpoint state machine.
func (z *zeek) move(d Dir, s *wire.Segment, me, peer *zeekEnd) {
	syn, fin, rst := s.Flags.Any(wire.SYN), s.Flags.Any(wire.FIN), s.Flags.Any(wire.RST)
	switch me.state {
	case zInactive:
		z.moveInactive(d, s, me, peer)
	case zSynSent, zSynAckSent:
		if fin {
			me.set(zClosed)
		}
		if rst {
			me.set(zReset)
		}
	case zPartial, zEstablished:
		if syn && !s.Flags.Any(wire.ACK) && me.state == zPartial && peer.state == zInactive {
			me.set(zSynSent)
		}
		if fin && !rst {
			me.set(zClosed)
			if peer.state == zReset && peer.prev == zClosed {
				peer.set(zClosed)
			}
		}
		if rst {
			me.set(zReset)
		}
	case zClosed:
		if rst && peer.state != zClosed {
			me.set(zReset)
		}
	}
}

func (z *zeek) moveInactive(d Dir, s *wire.Segment, me, peer *zeekEnd) {
	if s.Flags.Any(wire.SYN) {
		switch {
		case d == ToClient:
			if peer.state == zSynSent {
				peer.set(zEstablished)
			}
			me.set(zEstablished)
		case s.Flags.Any(wire.ACK):
			me.set(zSynAckSent)
		default:
			me.set(zSynSent)
		}
	}
	if s.Flags.Any(wire.FIN) {
		me.set(zClosed)
	}
	if s.Flags.Any(wire.RST) {
		me.set(zReset)
	}
	if me.state != zInactive || d == ToClient && s.Len == 0 && peer.state == zSynSent {
		return
	}
	if s.Flags.Any(wire.ACK) && peer.state == zEstablished {
		me.set(zEstablished)
	} else {
		me.set(zPartial)
	}
}

// outcome returns Zeek's conn_state.
func (z *zeek) outcome() string {
	o, r := &z.end[ToServer], &z.end[ToClient]
	quiet := func(e *zeekEnd) bool { return e.state == zInactive || e.state == zPartial }
	switch {
	case r.state == zReset:
		if o.state == zSynSent || o.state == zSynAckSent || o.state == zReset && !o.size && !r.size {
			return "REJ"
		}
		if quiet(o) {
			return "RSTRH"
		}
		return "RSTR"
	case o.state == zReset:
		if r.state == zInactive && o.prev == zInactive { // nothing but a RST: who opened what it ends is not known
			return "OTH"
		}
		if quiet(r) {
			return "RSTOS0"
		}
		return "RSTO"
	case r.state == zClosed && o.state == zClosed:
		return "SF"
	case o.state == zClosed:
		if quiet(r) {
			return "SH"
		}
		return "S2"
	case r.state == zClosed:
		if quiet(o) {
			return "SHR"
		}
		return "S3"
	case o.state == zSynSent && r.state == zInactive:
		return "S0"
	case o.state == zEstablished && r.state == zEstablished:
		return "S1"
	}
	return "OTH"
}

// text returns Zeek's history; "^" says that the direction was turned around.
func (z *zeek) text() string {
	if z.flipped {
		return "^" + string(z.history)
	}
	return string(z.history)
}
