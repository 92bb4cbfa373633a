package wireshark

import "tcplab/analyze/wire"

// judgement is one segment and the state it is judged by: f of its own direction, r of the other. The questions are asked
// in Wireshark's order, because an earlier answer changes what a later one sees.
type judgement struct {
	s     *wire.Segment
	len   uint32 // of the payload, as far as the frame held it: Wireshark does not believe an IP length beyond that
	st    *stream
	f, r  *half
	res   *Result
	marks Marks

	recorded bool // Wireshark keeps a record for s; the initial round trip is shown only with one
}

func (j *judgement) run() {
	if j.s.Flags.Has(wire.ACK) {
		j.r.lost = false
	}
	if j.zeroWindowProbe() {
		j.marks |= ZeroWindowProbe
	} else {
		j.window()
		j.acknowledgement()
	}
	if j.s.Ack != j.f.lastAck {
		j.f.lastNonDup, j.f.dupAcks = j.s.Frame, 0
	}
	j.ackLost()
	j.repetition()
	j.update()
	j.r.unacked.acknowledge(j.s, j.r.base, j.res)
	j.inFlight()
	j.res.Marks = j.marks
	j.recorded = j.recorded || j.marks != 0 || j.res.AcksFrame != 0
}

// plain reports whether s is neither SYN, FIN nor RST.
func (j *judgement) plain() bool { return !j.s.Flags.Any(wire.SYN | wire.FIN | wire.RST) }

// repeats reports whether s says again what its sender said last: no data, the same numbers.
func (j *judgement) repeats() bool {
	return j.len == 0 && j.plain() && j.s.Seq == j.f.next && j.s.Ack == j.f.lastAck
}

// takesNumber reports whether s uses up sequence numbers.
func (j *judgement) takesNumber() bool { return j.len > 0 || j.s.Flags.Any(wire.SYN|wire.FIN) }

// end is the number after s. SYN and FIN together count once.
func (j *judgement) end() wire.Seq {
	end := j.s.Seq + wire.Seq(j.len)
	if j.s.Flags.Any(wire.SYN | wire.FIN) {
		end++
	}
	return end
}

func (j *judgement) zeroWindowProbe() bool {
	return j.len == 1 && j.s.Seq == j.f.next && j.r.window == 0
}

// window asks for gaps, keep-alives and the window marks that do not depend on what the other end sent.
func (j *judgement) window() {
	s, f := j.s, j.f
	if s.Window == 0 && j.plain() {
		j.marks |= ZeroWindow
	}
	if f.next != 0 && f.next.Less(s.Seq) && !s.Flags.Has(wire.RST) {
		j.marks |= LostSegment
		f.lost = true
	}
	if j.len <= 1 && s.Seq == f.next-1 && j.plain() {
		j.marks |= KeepAlive
	}
	if j.repeats() && s.Window != 0 && uint32(s.Window) != f.window {
		j.marks |= WindowUpdate
	}
	if j.fillsWindow() {
		j.marks |= WindowFull
	}
}

// fillsWindow reports whether s ends exactly at the edge the other end has announced. The window of a SYN-ACK is unscaled,
// and so is Wireshark's reading of the first ACK after it, which is still to come.
func (j *judgement) fillsWindow() bool {
	if j.len == 0 || !j.plain() || j.r.scale == scaleUnknown {
		return false
	}
	window := j.r.window
	if !j.r.firstAck && j.r.scale > 0 {
		window <<= j.r.scale
	}
	return j.s.Seq+wire.Seq(j.len) == j.r.lastAck+wire.Seq(window)
}

// acknowledgement tells apart the answers to a keep-alive or a probe, and duplicate ACKs.
func (j *judgement) acknowledgement() {
	if !j.repeats() || uint32(j.s.Window) != j.f.window {
		return
	}
	switch {
	case j.s.Window == 0:
		if j.r.lastMarks.Any(ZeroWindowProbe) {
			j.marks |= ZeroWindowProbeAck
		}
	case j.r.lastMarks.Any(KeepAlive):
		j.marks |= KeepAliveAck
	default:
		j.f.dupAcks++
		if j.f.dupAcks == 0 { // it was silenced
			j.f.dupAcks = 1
		}
		j.marks |= DuplicateAck
		j.res.DupAckNum, j.res.DupAckFrame = j.f.dupAcks, j.f.lastNonDup
	}
}

// ackLost asks whether s acknowledges what the capture does not hold.
func (j *judgement) ackLost() {
	r := j.r
	if !j.s.Flags.Has(wire.ACK) || r.maxAck == 0 || !r.maxAck.Less(j.s.Ack) {
		return
	}
	j.recorded = true
	if r.maxAck.Less(r.next) {
		r.maxAck = r.next
		j.marks |= AckLostSegment
		return
	}
	if r.dupAcks == 0 {
		j.marks |= AckLostSegment
	}
	r.dupAcks = silenced
}

// update moves the state of s's direction.
func (j *judgement) update() {
	s, f := j.s, j.f
	end := j.end()
	if j.takesNumber() && !f.unacked.add(entry{s.Seq, end, s.Frame, s.Time}, f.base) {
		end = s.Seq + wire.Seq(j.len) // Wireshark counts a SYN or FIN only while it remembers segments
	}
	if !j.marks.Any(ZeroWindowProbe) {
		if f.next == 0 || f.next.Less(end) {
			f.next, f.nextFrame, f.nextTime = end, s.Frame, s.Time
		}
		if s.Seq == f.maxAck || f.maxAck == 0 {
			f.maxAck = f.next
		}
	}
	f.window, f.lastAck, f.lastTime, f.lastMarks = uint32(s.Window), s.Ack, s.Time, j.marks
	if s.Flags.Has(wire.SYN) {
		f.firstAck = true
	} else if s.Flags.Has(wire.ACK) {
		f.firstAck = false
	}
}
