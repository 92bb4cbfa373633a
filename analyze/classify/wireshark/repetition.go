package wireshark

import (
	"time"

	"tcplab/analyze/wire"
)

// The time limits of the judgement, in nanoseconds.
const (
	fastLimit    = uint64(20 * time.Millisecond) // a fast retransmission follows the latest duplicate ACK within it
	reorderLimit = uint64(3 * time.Millisecond)  // a reordered segment follows within it, when no initial round trip is known
)

// fastAfter is how many duplicate ACKs make a retransmission a fast one; RFC 5681, 3.2 asks for three.
const fastAfter = 2

// repetition names a segment that lies behind what its direction has already sent.
func (j *judgement) repetition() {
	s, f := j.s, j.f
	if !j.takesNumber() || j.marks.Any(KeepAlive) {
		return
	}
	behind := f.next != 0 && s.Seq.Less(f.next)
	if j.len > 1 && s.Seq == f.next-1 {
		behind = false // its first byte may have been a probe
	}
	switch {
	case j.spurious():
		j.marks |= Retransmission | SpuriousRetransmission
	case !behind:
	case j.fast():
		j.marks |= Retransmission | FastRetransmission
	case j.reordered():
		j.marks |= OutOfOrder
	default:
		j.marks |= Retransmission
		j.timeout()
	}
}

// spurious reports whether the other end has already acknowledged all of s.
func (j *judgement) spurious() bool {
	end := j.s.Seq + wire.Seq(j.len)
	return j.len > 0 && j.r.lastAck != 0 && end.LessEq(j.r.lastAck)
}

// fast reports whether s is what duplicate ACKs ask for, soon after them. A silenced count passes as a large one.
func (j *judgement) fast() bool {
	return j.r.dupAcks >= fastAfter && j.r.lastAck == j.s.Seq && elapsed(j.s.Time, j.r.lastTime) < fastLimit
}

// reordered reports whether s came so soon after the segment that overtook it that it can hardly be a repetition.
func (j *judgement) reordered() bool {
	limit := reorderLimit
	if j.st.initialRTT != 0 {
		limit = uint64(j.st.initialRTT)
	}
	return elapsed(j.s.Time, j.f.nextTime) < limit && j.f.next != j.end()
}

// timeout measures the wait before s from the oldest unacknowledged segment, whichever s repeats.
func (j *judgement) timeout() {
	frame, sent := j.f.nextFrame, j.f.nextTime
	if e, ok := j.f.unacked.oldest(); ok {
		frame, sent = e.frame, e.time
	}
	if j.s.Time != sent {
		j.res.RTO, j.res.RTOFrame = j.s.Time.Sub(sent), frame
	}
}
