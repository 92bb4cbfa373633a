package classify

import (
	"time"

	"tcplab/analyze/wire"
)

// keepAliveIdle is how long a connection must have been idle before a repeated, acknowledged byte counts as a keep-alive
// with one garbage byte (RFC 1122, 4.2.3.6) instead of a repetition.
const keepAliveIdle = time.Second

// judgeCarrying judges a segment that takes sequence numbers: data, SYN or FIN.
func (p *Pair) judgeCarrying(me, peer *Side, s *wire.Segment, j *Judgement) {
	sp := span{s.Seq, s.End()}
	if p.windowProbe(me, peer, s) {
		j.Marks |= ZeroWindowProbe
		j.Why = Why{Reason: ProbeOfClosedWindow}
		me.probe, me.probeFrm, me.probeEnd = ZeroWindowProbe, s.Frame, sp.end
		return
	}
	if s.Len == 1 && p.isProbe(me, peer, s) && me.acked == me.next && s.Time.Sub(me.lastTime) >= keepAliveIdle {
		j.Repeated = 1
		p.markProbe(me, peer, s, j)
		return
	}
	me.repeated = false
	dist := sp.start.Sub(me.next)
	switch {
	case isFar(dist):
		missing, ok := me.leaps(sp.start, s.Frame, false)
		if !ok {
			return // not of this connection
		}
		dist, j.New, j.Marks, j.Why = 0, s.Len, j.Marks|LostSegment, Why{Reason: GapBefore, N: missing}
	case dist > 0:
		p.openGap(me, s, j, sp)
	case dist < 0:
		p.judgeOld(me, peer, s, j, sp)
	default:
		j.New = s.Len
	}
	p.advance(me, s, sp, dist)
	p.judgeWindow(me, peer, s, j)
}

// windowProbe reports whether s carries one byte into a closed window to see whether it opened (RFC 9293, 3.8.6.1).
func (p *Pair) windowProbe(me, peer *Side, s *wire.Segment) bool {
	return s.Len == 1 && !s.Flags.Any(wire.SYN|wire.FIN) && peer.ackSeen && peer.window == 0 &&
		(s.Seq == me.next || s.Seq == me.next-1)
}

// openGap notes that numbers before s were skipped.
func (p *Pair) openGap(me *Side, s *wire.Segment, j *Judgement, sp span) {
	n := uint32(sp.start - me.next)
	me.miss(gap{span: span{me.next, sp.start}, overtaken: true, frame: s.Frame, time: s.Time, ipid: s.IPID, tsval: s.Options.TSVal})
	j.Marks |= LostSegment
	j.Why = Why{Reason: GapBefore, N: n}
	j.New = s.Len
}

// advance moves the highest number sent, and remembers the new part of s until it is acknowledged.
func (p *Pair) advance(me *Side, s *wire.Segment, sp span, dist int32) {
	if s.Flags.Any(wire.FIN) {
		me.fin, me.finSeq = true, sp.end-1
	}
	if !me.next.Less(sp.end) {
		return
	}
	if dist < 0 {
		sp.start = me.next
	}
	me.next = sp.end
	me.out.push(flight{span: sp, first: s.Time, last: s.Time, frame: s.Frame, lastFrame: s.Frame,
		tsval: s.Options.TSVal, tries: 1})
}

// judgeOld judges a segment that begins below the highest number sent.
func (p *Pair) judgeOld(me, peer *Side, s *wire.Segment, j *Judgement, sp span) {
	old := sp
	if me.next.Less(old.end) {
		old.end = me.next
	}
	var filled uint32
	var hit gap
	me.forget()
	me.gaps, filled, hit = me.gaps.fill(old)
	seen := old.len() - filled
	if me.fin && !s.Flags.Any(wire.FIN) && seen > 0 && !me.finSeq.Less(old.start) && me.finSeq.Less(old.end) {
		seen-- // data goes on where a FIN was seen, a forged one: its number was no byte
	}
	control := uint32(0)
	if s.Len < sp.len() {
		control = sp.len() - s.Len
	}
	j.Repeated = min(seen, s.Len)
	j.New = sp.len() - seen - min(control, sp.len()-seen)
	if j.New > s.Len {
		j.New = s.Len
	}
	switch {
	case filled > 0 && seen == 0:
		p.judgeLate(me, peer, s, j, old, hit)
	case seen > 0:
		me.repeated = true
		p.judgeRepeat(me, peer, s, j, sp, old)
	}
}

// judgeLate decides whether bytes seen for the first time, behind later ones, were overtaken on the path or sent again
// after their first copy was lost before the capture point.
func (p *Pair) judgeLate(me, peer *Side, s *wire.Segment, j *Judgement, old span, hit gap) {
	gap := s.Time.Sub(hit.time)
	j.Why = Why{Reason: p.lateReason(me, s, hit, gap), Frame: hit.frame, Gap: gap}
	switch {
	case hit.acked != 0 && hit.overtaken && j.Why.Reason == LateAfterLoss:
		j.Marks |= SpuriousRetransmission
		j.Why = Why{Reason: AlreadyAcked}
	case hit.acked != 0: // nobody acknowledges what is still to come: two queues, or two taps, wrote in turn
		j.Why = Why{Reason: WrittenLate, Frame: hit.acked, Gap: gap}
		if j.Marks |= CapturedLate; gap >= p.rttFloor() {
			j.Why.Reason = AckedBefore
		}
	case j.Why.Reason != LateAfterLoss:
		j.Marks |= OutOfOrder
	case p.fast(me, peer, s, old, &Why{}):
		j.Marks |= FastRetransmission
		j.Why.Reason, j.Why.N = LateAsked, peer.dupAcks
	default:
		j.Marks |= Retransmission
	}
}

// lateReason weighs the evidence in the order of its strength: timestamps, IP ID, time against the round trip.
func (p *Pair) lateReason(me *Side, s *wire.Segment, hit gap, elapsed time.Duration) Reason {
	if s.Options.Has&wire.HasTimestamps != 0 && hit.tsval != 0 {
		// A repetition carries the clock of its sending, so it is never older than what was sent before it (RFC 7323, 3.2).
		if int32(s.Options.TSVal-hit.tsval) < 0 {
			return ReorderedByTimestamp
		}
		if int32(s.Options.TSVal-hit.tsval) > 0 && elapsed > p.rttFloor() {
			return LateAfterLoss
		}
	}
	if !s.V6 && s.IPID != 0 && hit.ipid != 0 {
		switch step := int16(s.IPID - hit.ipid); {
		case step < 0 && step > -1024:
			return ReorderedByIPID
		case step > 0 && step < 1024:
			return LateAfterLoss
		}
	}
	if elapsed < p.rttFloor() {
		return ReorderedBySequence
	}
	return LateAfterLoss
}

// rttFloor is the shortest time in which a lost segment can be asked for and sent again: most of a round trip, or the
// 3 ms that Wireshark assumes while none is known.
func (p *Pair) rttFloor() time.Duration {
	if p.RTT == 0 {
		return 3 * time.Millisecond
	}
	return p.RTT * 9 / 10
}

// judgeRepeat tells the kinds of repetition apart.
func (p *Pair) judgeRepeat(me, peer *Side, s *wire.Segment, j *Judgement, sp, old span) {
	if s.Flags.Has(wire.SYN|wire.ACK) && me.ackFrame == s.Frame && peer.syn {
		return // RFC 9293, 3.5, figure 8: an end whose SYN was answered with a SYN confirms that in one more segment of its own number
	}
	prev := me.out.find(old)
	w := Why{Frame: me.lastFrame, Gap: s.Time.Sub(me.lastTime), N: 2}
	if prev != nil {
		prev.tries++
		w = Why{Frame: prev.lastFrame, Gap: s.Time.Sub(prev.last), N: uint32(prev.tries)}
		j.Tries, j.SinceCopy = w.N, w.Gap
		prev.last, prev.lastFrame, prev.tsval = s.Time, s.Frame, s.Options.TSVal
	}
	j.Marks |= Retransmission
	switch {
	case s.Flags.Has(wire.SYN | wire.ACK):
		w.Reason = SYNACKAgain
	case s.Flags.Any(wire.SYN):
		w.Reason = SYNAgain
	case s.Len > 0 && (me.acked.Sub(sp.end) >= 0 || me.sacked.holds(sp)) && peer.ackSeen:
		w.Reason = AlreadyAcked
		w.Frame = 0
		j.Marks = j.Marks&^Retransmission | SpuriousRetransmission
	case p.inLoss(me, peer, s):
		w.Reason, w.Frame = AfterTimeout, me.lossFrame
	case p.fast(me, peer, s, old, &w):
		j.Marks = j.Marks&^Retransmission | FastRetransmission
	case p.tooBig != 0 && s.Time.Sub(p.tooBigAt) < max(recoveryQuiet, 2*p.RTT):
		w.Reason, w.Frame = SmallerPackets, p.tooBig
	case w.Gap < 2*p.RTT && w.Gap < p.RTT+recoveryQuiet && peer.ackSeen: // RFC 6298, 2: no timer is as short
		w.Reason = Early
	case p.tailProbe(me, peer, sp, w):
		w.Reason = TailProbe
	default:
		w.Reason = Timeout
		me.lossEnd, me.lossFrame = me.next, s.Frame
	}
	j.Why = w
}

// inLoss reports whether the repetition is one of those that the sender takes for lost since its timer ran out, and
// sends again as fast as their ACKs come (RFC 5681, 4.3).
func (p *Pair) inLoss(me, peer *Side, s *wire.Segment) bool {
	return me.lossFrame != 0 && me.acked.Less(me.lossEnd) && s.Time.Sub(peer.ackTime) < max(recoveryQuiet, 2*p.RTT)
}

// recoveryQuiet is how long after the latest news from the receiver a repetition still answers that news; past it the
// retransmission timer has run out (RFC 6298, 2.4 has a second as its least, Linux 200 ms).
const recoveryQuiet = 190 * time.Millisecond

// fast reports whether the receiver asked for the repetition, by duplicate ACKs (RFC 5681, 3.2), by SACK (RFC 6675), or
// by having what was sent after it (RFC 8985, 6; an ACK of a part only, RFC 6582, 3.2).
func (p *Pair) fast(me, peer *Side, s *wire.Segment, old span, w *Why) bool {
	if s.Time.Sub(peer.ackTime) > max(recoveryQuiet, 2*p.RTT) && s.Time.Sub(peer.lastTime) > max(recoveryQuiet, 2*p.RTT) {
		return false
	}
	switch {
	case peer.lastAck == old.start && peer.dupAcks >= 2:
		w.Reason, w.N = FastDupAcks, peer.dupAcks
	case len(me.sacked) > 0 && old.start.Less(me.sacked[len(me.sacked)-1].start):
		w.Reason = FastSACKHole
	case w.Gap > 0 && s.Time.Sub(me.out.delivered) < w.Gap:
		w.Reason = FastOvertaken
	default:
		return false
	}
	return true
}

// tailProbe reports whether the repetition is the last segment sent, sooner than a timer would (RFC 8985, 7).
func (p *Pair) tailProbe(me, peer *Side, sp span, w Why) bool {
	return sp.end == me.next && w.N == 2 && me.sackOK && peer.sackOK && p.RTT > 0 && w.Gap < 2*p.RTT+recoveryQuiet+60*time.Millisecond &&
		w.Gap >= p.RTT
}

// judgeWindow compares a data segment with the room the receiver offered and with the size it can take.
func (p *Pair) judgeWindow(me, peer *Side, s *wire.Segment, j *Judgement) {
	if s.Len == 0 {
		return
	}
	// No sender passes the edge: a segment beyond it shows that the capture lacks the ACK that moved it.
	edge := peer.lastAck + wire.Seq(peer.window)
	if peer.ackSeen && p.ScaleKnown() && peer.window > 0 && edge == s.Seq+wire.Seq(s.Len) {
		j.Marks |= WindowFull
	}
	if peer.mss > 0 && s.Len > uint32(peer.mss) || s.NoLength {
		j.Marks |= Offload
	}
}
