package classify

import (
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Pair judges both directions of one connection. The zero value is ready.
//
// It decides by evidence: which bytes were captured before, which were acknowledged or SACKed, the IP ID, the timestamps
// and the round trip; never by a fixed time where one of these can tell.
type Pair struct {
	Side [2]Side
	RTT  time.Duration // the whole way: the least measured from the capture to each end and back, together; 0 while unknown

	tooBig   uint32 // frame of the latest ICMP error that named a smaller path MTU
	tooBigAt capture.Stamp
}

// PathMTU notes an ICMP error that says packets of this connection were too big: their bytes are sent again at once, in
// smaller segments (RFC 1191, 4; RFC 8201, 4).
func (p *Pair) PathMTU(frame uint32, at capture.Stamp) { p.tooBig, p.tooBigAt = frame, at }

// Reset makes the pair ready for another connection; it keeps its memory.
func (p *Pair) Reset() {
	p.Side[0].reset()
	p.Side[1].reset()
	p.RTT, p.tooBig, p.tooBigAt = 0, 0, 0
}

// Judgement is what is said of one segment.
type Judgement struct {
	Marks     Marks
	Why       Why
	Seq, Ack  wire.Seq      // relative; Ack is 0 without the ACK flag
	Window    uint32        // scaled when the scale is known
	New       uint32        // payload bytes captured for the first time
	Repeated  uint32        // payload bytes captured before
	RTT       time.Duration // of the segment of the other end that this one acknowledges; 0 when it gives no sample
	Answers   Answered      // which that one is
	Tries     uint32        // how often this segment was sent by now, when it is a repetition of one still outstanding
	SinceCopy time.Duration // since the copy before
	Covered   uint32        // segments of the other end that it acknowledges at once
	DSACK     bool          // it tells that something arrived twice (RFC 2883)
	AckedGap  bool          // it acknowledges bytes that the capture lacks
	InFlight  uint32        // numbers of this end that are not acknowledged, after this segment
}

// farAway is a distance between sequence numbers that no window allows: such a segment is not of this connection.
const farAway = 1 << 30

func isFar(distance int32) bool { return distance >= farAway || distance <= -farAway }

// Judge judges segment s, sent by end d, and takes it into account for what follows.
func (p *Pair) Judge(d uint8, s *wire.Segment, j *Judgement) {
	*j = Judgement{}
	me, peer := &p.Side[d], &p.Side[1-d]
	if c := me.copyOf(s); c != nil {
		p.relate(me, peer, s, j)
		me.copies, peer.copies = true, true
		j.Marks, j.Why = DuplicateCapture, Why{Reason: CapturedTwice, Frame: c.frame, Gap: s.Time.Sub(c.time)}
		return
	}
	me.note(s)
	p.learn(me, peer, s)
	p.relate(me, peer, s, j)
	if !s.Flags.Any(wire.RST) && !me.foreign(s) {
		p.judgeLive(me, peer, s, j)
	}
	me.active = true
	me.lastTime, me.lastFrame = s.Time, s.Frame
}

// judgeLive judges every segment but a RST.
func (p *Pair) judgeLive(me, peer *Side, s *wire.Segment, j *Judgement) {
	before := receiver{me.ackSeen, me.lastAck, me.window}
	sackNews := false
	if s.Flags.Any(wire.ACK) && peer.known {
		sackNews = p.acknowledge(me, peer, s, j)
	}
	me.offer(j.Window, s)
	if s.End() == s.Seq {
		p.judgeBare(me, peer, s, j, before, sackNews)
	} else {
		p.judgeCarrying(me, peer, s, j)
	}
	if s.Window == 0 && !s.Flags.Any(wire.SYN|wire.FIN) {
		j.Marks |= ZeroWindow
	}
	if me.known {
		j.InFlight = me.inFlight()
	}
}

// receiver is the part of a Side that judging a bare ACK compares with.
type receiver struct {
	ackSeen bool
	lastAck wire.Seq
	window  uint32
}

// learn sets what a segment shows of the two sequence spaces.
func (p *Pair) learn(me, peer *Side, s *wire.Segment) {
	switch {
	case s.Flags.Any(wire.RST): // its numbers are an answer, not a beginning
		return
	case s.Flags.Any(wire.SYN):
		switch {
		case !me.syn:
			me.open(s)
		case me.base != s.Seq && !me.foreign(s):
			me.replace(s)
		}
	case !me.known:
		me.join(s.Seq)
	}
	switch {
	case !s.Flags.Any(wire.ACK):
	case !peer.known:
		peer.join(s.Ack)
	case peer.rival != nil:
		peer.choose(s.Ack)
	}
}

// relate fills in the relative numbers and the scaled window.
func (p *Pair) relate(me, peer *Side, s *wire.Segment, j *Judgement) {
	j.Seq = s.Seq
	if me.known {
		j.Seq -= me.base
	}
	if s.Flags.Any(wire.ACK) {
		j.Ack = s.Ack
		if peer.known {
			j.Ack -= peer.base
		}
	}
	j.Window = uint32(s.Window)
	// RFC 7323, 2.2: the window of a SYN is never scaled, and scaling takes an offer from both ends.
	if !s.Flags.Any(wire.SYN|wire.RST) && me.scaled && (peer.scaled || !peer.syn) {
		j.Window <<= me.scale
	}
}

// ScaleKnown reports whether windows are scaled right: both SYNs were seen, with all of their options.
func (p *Pair) ScaleKnown() bool {
	return p.Side[0].syn && p.Side[1].syn && !p.Side[0].cut && !p.Side[1].cut
}

// acknowledge moves the other end's acknowledged number and SACK scoreboard; it reports whether SACK told something new.
func (p *Pair) acknowledge(me, peer *Side, s *wire.Segment, j *Judgement) (sackNews bool) {
	ahead := s.Ack.Sub(peer.next)
	switch {
	case ahead >= farAway || s.Ack.Sub(peer.acked) <= -farAway:
		missing, ok := peer.leaps(s.Ack, s.Frame, true)
		if !ok {
			return false
		}
		ahead, j.Marks, j.Why = 0, AckUnseen, Why{Reason: AckOfUnseen, N: missing}
	case !peer.far && s.Ack.Sub(peer.base) < 0:
		return false // not of this connection: an old duplicate, or a challenge ACK (RFC 5961, 5)
	}
	if ahead > 0 {
		p.ackUnseen(peer, s, j, uint32(ahead))
	}
	tell := teller{s.Time, s.Options.TSEcr, peer.rtt}
	if peer.acked.Less(s.Ack) {
		outstanding := len(peer.out.all())
		j.RTT, j.Answers = peer.out.ack(s.Ack, tell)
		j.Covered = uint32(outstanding - len(peer.out.all()))
		peer.acked = s.Ack
		peer.far = peer.far || uint32(s.Ack-peer.base) >= farAway
		j.AckedGap = peer.gaps.ack(s.Ack, s.Frame)
		peer.sacked = peer.sacked.below(s.Ack)
		me.ackTime = s.Time
		if j.RTT > 0 && (peer.rtt == 0 || j.RTT < peer.rtt) {
			peer.rtt = j.RTT
			p.RTT = p.Side[0].rtt + p.Side[1].rtt
		}
	}
	if n := s.Options.NumSACK; n > 0 {
		_, j.DSACK = wire.DSACK(s.Ack, s.Options.SACK[:n])
	}
	for i := range s.Options.NumSACK {
		b := s.Options.SACK[i]
		if s.Ack.LessEq(b.Left) && b.Left.Less(b.Right) && b.Right.LessEq(peer.next) {
			var grew bool
			peer.sacked, grew = peer.sacked.add(span{b.Left, b.Right})
			if grew {
				peer.out.sack(span{b.Left, b.Right}, tell)
				sackNews = true
			}
		}
	}
	if sackNews {
		me.ackTime = s.Time
	}
	if !me.ackSeen || s.Ack != me.lastAck {
		me.lastAck, me.ackFrame, me.dupAcks, me.ackSeen = s.Ack, s.Frame, 0, true
	}
	return sackNews
}

// ackUnseen handles an ACK for numbers that were not captured.
func (p *Pair) ackUnseen(peer *Side, s *wire.Segment, j *Judgement, n uint32) {
	if s.Ack == peer.probeEnd { // the receiver took the byte of a window probe
		peer.next = s.Ack
		return
	}
	if peer.active { // else the capture holds one direction only: said once for the connection, not on each ACK
		j.Marks |= AckUnseen
		j.Why = Why{Reason: AckOfUnseen, N: n}
		peer.miss(gap{span: span{peer.next, s.Ack}, frame: s.Frame, time: s.Time})
	}
	peer.next = s.Ack
}

// judgeBare judges a segment that takes no sequence number: an ACK, a probe, a window update.
func (p *Pair) judgeBare(me, peer *Side, s *wire.Segment, j *Judgement, before receiver, sackNews bool) {
	if !s.Flags.Any(wire.ACK) {
		return
	}
	if p.isProbe(me, peer, s) {
		p.markProbe(me, peer, s, j)
		return
	}
	if !before.ackSeen || s.Ack != before.lastAck || j.Marks.Any(AckUnseen) {
		peer.probe = 0
		return
	}
	repeat := j.Window == before.window || sackNews
	switch {
	case peer.probe == KeepAlive && j.Window == before.window:
		j.Marks |= KeepAliveAck
		j.Why = Why{Reason: AnswerToKeepAlive, Frame: peer.probeFrm}
	case peer.probe == ZeroWindowProbe && s.Window == 0:
		j.Marks |= ZeroWindowProbeAck
		j.Why = Why{Reason: AnswerToProbe, Frame: peer.probeFrm}
	case repeat && (sackNews || peer.acked.Less(peer.next) || peer.repeated) && s.Window != 0:
		me.dupAcks++
		j.Marks |= DuplicateAck
		j.Why = Why{Reason: AckRepeated, Frame: me.ackFrame, N: me.dupAcks}
	case j.Window != before.window:
		j.Marks |= WindowUpdate
		j.Why = Why{Reason: WindowOpened}
	}
	peer.probe = 0
}

// isProbe reports whether s is sent only to draw an answer: one number below what comes next, so that the receiver must
// answer (RFC 9293, 3.8.4 and 3.8.6.1). A FIN takes a number of its own: an ACK that repeats it is late, not a probe.
func (p *Pair) isProbe(me, peer *Side, s *wire.Segment) bool {
	return s.Seq == me.next-1 && me.next-me.base > 1 && !(me.fin && s.Seq == me.finSeq) && peer.ackSeen
}

func (p *Pair) markProbe(me, peer *Side, s *wire.Segment, j *Judgement) {
	switch {
	case peer.window == 0:
		j.Marks |= ZeroWindowProbe
		j.Why = Why{Reason: ProbeOfClosedWindow}
		me.probe = ZeroWindowProbe
	case peer.unaware(s):
		j.Marks |= ZeroWindowProbe
		j.Why = Why{Reason: ProbeCrossed, Frame: peer.opening.frame}
		me.probe = ZeroWindowProbe
	default:
		j.Marks |= KeepAlive
		j.Why = Why{Reason: IdleProbe}
		me.probe = KeepAlive
	}
	me.probeFrm = s.Frame
}

// unaware reports whether the sender of s had not yet heard that the window opened: the two crossed on the path. What s
// echoes names the newest segment that its sender had (RFC 7323, 4.3); without timestamps the round trip tells.
func (peer *Side) unaware(s *wire.Segment) bool {
	o := &peer.opening
	switch {
	case o.frame == 0:
		return false
	case s.Options.Has&wire.HasTimestamps != 0 && o.tsval != 0:
		return int32(s.Options.TSEcr-o.tsval) < 0
	}
	return s.Time.Sub(o.time) < peer.rtt
}

// Limit says what keeps an end from sending more at a moment.
type Limit uint8

// The limits.
const (
	ByApplication Limit = iota // nothing is in flight: the program has nothing to send, or waits itself
	ByWindow                   // what is in flight fills the window the other end offers, to less than one MSS
	ByNetwork                  // something is in flight and the window has room: an ACK, or a repetition, is awaited
)

// Limit returns what limits end d after the segments judged so far.
func (p *Pair) Limit(d uint8) Limit {
	me, peer := &p.Side[d], &p.Side[1-d]
	flight := me.next.Sub(me.acked)
	if !me.known || flight <= 0 {
		return ByApplication
	}
	room := int64(peer.window) - int64(flight)
	if peer.ackSeen && p.ScaleKnown() && room < int64(max(peer.mss, 1)) {
		return ByWindow
	}
	return ByNetwork
}
