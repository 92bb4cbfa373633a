package flow

import (
	"tcplab/analyze/classify"
	"tcplab/analyze/classify/wireshark"
	"tcplab/analyze/wire"
)

// track follows one connection while its segments arrive.
type track struct { // what every segment touches stands first
	clientLow bool // the client is the low end of the key
	settled   bool // the next segment in order goes the short way: see next
	known     bool // a SYN, SYN-ACK or refusal showed who the client is
	reused    bool // the pair of ports had a connection before
	longWay   bool // as the table's
	complete  wireshark.Completeness
	rows      rowLog
	keep      Keep
	passage   func(frame uint32) Passage // nil: every segment is delivered
	measures  *[2]measure                // nil unless asked for
	repeats   [2]wire.Seq                // how far each end had sent when its latest recovery began
	damage    [2]damage
	pair      classify.Pair
	rtt       [2]rtts
	rivals    [2]*SYNInfo // as classify.Side's
	lives     lives
	zeek      zeek
	conv      Conversation
}

// recycle makes the track ready for another connection; it keeps its memory.
func (t *track) recycle() {
	c := &t.conv
	syns, resets, icmp := c.SYNs[:0], c.Resets[:0], c.ICMP[:0]
	t.conv = Conversation{}
	t.conv.SYNs, t.conv.Resets, t.conv.ICMP = syns, resets, icmp
	t.pair.Reset()
	t.lives, t.zeek, t.damage = lives{}, zeek{history: t.zeek.history[:0]}, [2]damage{}
	t.rows.reset()
	t.rtt[0].reset()
	t.rtt[1].reset()
	t.known, t.reused, t.complete, t.settled, t.rivals = false, false, wireshark.Completeness{}, false, [2]*SYNInfo{}
}

// start begins a track with the segment that opens it.
func (t *track) start(id uint32, srcLow bool, s *wire.Segment, keep Keep) {
	t.keep, t.measures = keep, nil
	if keep.Measure {
		t.measures = &[2]measure{}
	}
	fromClient := t.opener(s)
	t.clientLow = srcLow == fromClient
	c := &t.conv
	c.ID, c.FirstFrame, c.First = id, s.Frame, s.Time
	c.VLAN, c.Tunnel = s.VLAN, s.Tunnel
	c.Client, c.Server, c.ClientPort, c.ServerPort = s.Src, s.Dst, s.SrcPort, s.DstPort
	if !fromClient {
		c.Client, c.Server, c.ClientPort, c.ServerPort = s.Dst, s.Src, s.DstPort, s.SrcPort
		t.zeek.flipped = true
	}
	for d := range c.Half {
		c.Half[d].TTLMin = 255
	}
}

// opener guesses whether the first segment seen comes from the client: SYN and SYN-ACK tell; in the middle of a
// connection the lower of a service's and an ephemeral port is the server's.
func (t *track) opener(s *wire.Segment) bool {
	switch {
	case s.Flags.Has(wire.SYN | wire.ACK):
		t.known = true
		return false
	case s.Flags.Any(wire.SYN):
		t.known = true
		return true
	}
	return !(isService(s.SrcPort) && !isService(s.DstPort))
}

// firstEphemeral is the lowest port that systems hand out to clients on their own (Linux; RFC 6335 says 49152).
const firstEphemeral = 32768

// isService reports whether a port is one that servers listen on rather than one handed out to clients.
func isService(port uint16) bool { return port < 1024 || port < firstEphemeral && knownService(port) }

// knownService holds registered ports above 1023 that captures in mid-stream most often begin with.
func knownService(port uint16) bool {
	switch port {
	case 1080, 1433, 1521, 1720, 1723, 1883, 2049, 3128, 3268, 3306, 3389, 5060, 5222, 5432, 5672, 5900, 6379, 6443, 6667,
		8000, 8008, 8080, 8081, 8443, 8883, 8888, 9000, 9042, 9090, 9092, 9200, 9418, 11211, 27017:
		return true
	}
	return false
}

// dir returns the direction of a segment whose source is, or is not, the key's low end.
func (t *track) dir(srcLow bool) Dir {
	if srcLow == t.clientLow {
		return ToServer
	}
	return ToClient
}

// take accounts for one segment.
func (t *track) take(d Dir, s *wire.Segment) {
	if t.settled && t.next(d, s) {
		return
	}
	t.any(d, s)
	t.settled = !t.longWay && t.isSettled()
}

// isSettled reports whether both ends are past the handshake and neither has begun to close, so that the next data in
// order, or an ACK of it, can change nothing but numbers.
func (t *track) isSettled() bool {
	settled := func(e *end) bool { return e.seen && e.open && e.synAcked == e.syn && !e.fin && !e.finCame }
	return settled(&t.lives.end[0]) && settled(&t.lives.end[1]) && !t.lives.reset && t.zeek.settled() && t.measures == nil &&
		(t.conv.Handshake.ACK != 0 || !t.conv.Half[ToClient].SYN.Seen)
}

// next accounts for a segment that classify judges the short way; it reports whether it did. On a settled connection
// such a segment moves no state.
func (t *track) next(d Dir, s *wire.Segment) bool {
	var j classify.Judgement
	if !t.pair.Next(uint8(d), s, &j) {
		return false
	}
	c := &t.conv
	c.Frames++
	c.LastFrame, c.Last = s.Frame, s.Time
	t.complete.Update(s.Flags, s.Len-min(s.Len, s.Beyond))
	c.Half[d].Packets++
	t.zeek.next(d, s, j.AckedGap)
	t.count(d, s, &j)
	t.verify(d, s)
	t.fill(t.rows.next(t.keep), d, s, &j)
	return true
}

// any accounts for any segment.
func (t *track) any(d Dir, s *wire.Segment) {
	c := &t.conv
	var j classify.Judgement
	t.pair.Judge(uint8(d), s, &j)
	c.Frames++
	c.LastFrame, c.Last = s.Frame, s.Time
	if t.reused && c.Frames == 1 {
		j.Marks |= classify.PortReused
		if j.Why.Reason == classify.NoReason {
			j.Why = classify.Why{Reason: classify.NewConnection}
		}
	}
	// Wireshark's number counts every frame, also copies, and only the payload that the frame has room for.
	if t.reused && c.Frames == 1 {
		t.complete = wireshark.Reused()
	} else {
		t.complete.Update(s.Flags, s.Len-min(s.Len, s.Beyond))
	}
	counts := false
	c.Half[d].Packets++ // every frame, also copies: as Wireshark, Zeek and tcptrace count
	if j.Marks.Any(classify.DuplicateCapture) {
		c.Duplicates++
		if t.measures != nil {
			t.measures[d].m.CapturedTwice++
		}
	} else {
		counts = t.accept(d, s, &j)
	}
	t.log(d, s, &j, counts)
}

// accept moves everything that a captured copy does not; it reports whether a RST takes effect.
func (t *track) accept(d Dir, s *wire.Segment, j *classify.Judgement) (resets bool) {
	if s.Flags.Any(wire.RST) {
		resets = t.reset(d, s, j)
	}
	if s.Flags&(wire.SYN|wire.ACK|wire.RST) == wire.SYN && t.lives.reset {
		t.lives = lives{} // a refused SYN is tried again, as Windows does: the attempt goes on
	}
	t.noteSYN(d, s)
	t.noteHandshake(d, s)
	how := Delivered
	if t.passage != nil {
		how = t.passage(s.Frame)
	}
	t.lives.take(d, s, resets, how)
	t.zeek.take(d, s, j.AckedGap)
	t.count(d, s, j)
	t.verify(d, s)
	if t.measures != nil {
		t.measures[d].take(s, j, &t.measures[d.Other()])
		for e := range t.measures {
			t.measures[e].attribute(s.Time, t.pair.Limit(uint8(e)))
		}
	}
	t.noteFIN(d, s)
	return resets
}

// count adds a segment to the numbers of its direction, and its ACK to those of the other.
func (t *track) count(d Dir, s *wire.Segment, j *classify.Judgement) {
	h := &t.conv.Half[d]
	h.PayloadBytes += uint64(s.Len)
	h.UniqueBytes += uint64(j.New)
	h.LastFrame, h.LastTime, h.LastWindow = s.Frame, s.Time, j.Window
	if s.Flags.Any(wire.RST) {
		h.Resets++
	} else {
		h.TTLMin, h.TTLMax = min(h.TTLMin, s.TTL), max(h.TTLMax, s.TTL)
	}
	if s.Len > 0 {
		if h.FirstData == 0 {
			h.FirstData, h.FirstDataTime = s.Frame, s.Time
		}
		h.LastData, h.LastDataTime = s.Frame, s.Time
	}
	h.MaxInFlight = max(h.MaxInFlight, t.payloadInFlight(d, j.InFlight))
	if j.DSACK {
		h.DSACKs++
	}
	if j.RTT > 0 {
		t.rtt[d.Other()].add(j.RTT)
	}
	if j.Marks != 0 {
		h.countMarks(j.Marks)
	}
	if j.Marks.Any(classify.AnyRetransmission) && s.Len > 0 {
		if side := &t.pair.Side[d]; h.RetransmissionRuns == 0 || !s.Seq.Less(t.repeats[d]) {
			h.RetransmissionRuns++
			t.repeats[d] = side.Base() + side.Next()
		}
	}
	if s.Flags&(wire.ECE|wire.SYN) == wire.ECE {
		if h.ECEs++; h.FirstECE == 0 {
			h.FirstECE = s.Frame
		}
	}
}

// payloadInFlight takes the numbers of an unacknowledged SYN or FIN out of n.
func (t *track) payloadInFlight(d Dir, n uint32) uint64 {
	e := &t.lives.end[d]
	if n > 0 && e.syn && !e.synAcked {
		n--
	}
	if n > 0 && e.fin && !e.finAcked {
		n--
	}
	return uint64(n)
}

func (h *Half) countMarks(m classify.Marks) {
	for _, c := range [...]struct {
		mark classify.Marks
		n    *uint64
	}{
		{classify.AnyRetransmission, &h.Retransmissions}, {classify.FastRetransmission, &h.FastRetransmissions},
		{classify.SpuriousRetransmission, &h.SpuriousRetransmissions}, {classify.OutOfOrder, &h.OutOfOrder},
		{classify.DuplicateAck, &h.DuplicateACKs}, {classify.LostSegment, &h.LostSegments},
		{classify.ZeroWindow, &h.ZeroWindows}, {classify.WindowFull, &h.WindowFulls}, {classify.KeepAlive, &h.KeepAlives},
		{classify.ZeroWindowProbe, &h.ZeroWindowProbes},
	} {
		if m.Any(c.mark) {
			*c.n++
		}
	}
}

// log keeps the row of a segment.
func (t *track) log(d Dir, s *wire.Segment, j *classify.Judgement, resets bool) {
	r := t.rows.next(t.keep)
	t.fill(r, d, s, j)
	r.State, r.Phase = t.lives.states(), t.phase(s, resets)
}

// fill makes r the row of a segment in the middle of an established connection. It is filled field by field: a composite
// literal would be built elsewhere and copied.
func (t *track) fill(r *Row, d Dir, s *wire.Segment, j *classify.Judgement) {
	r.Time, r.Why, r.Detail, r.Frame = s.Time, j.Why, nil, s.Frame
	r.Seq, r.Ack, r.SeqRaw, r.AckRaw = j.Seq, j.Ack, s.Seq, s.Ack
	r.Len, r.Window, r.WinRaw, r.IPID = s.Len, j.Window, s.Window, s.IPID
	r.Marks, r.OptionSet, r.TSVal, r.TSEcr = j.Marks, s.Options.Has, s.Options.TSVal, s.Options.TSEcr
	r.Dir, r.Flags, r.TTL, r.DF, r.MAC = d, s.Flags, s.TTL, s.DF, s.SrcMAC
	r.State, r.Phase = [2]State{Established, Established}, PhaseData
	r.HeadLen = uint8(copy(r.Head[:], s.Payload))
	if t.keep.Detail {
		r.Detail = &Detail{
			Options: append([]byte(nil), s.Options.Raw...),
			Payload: append([]byte(nil), s.Payload[:min(len(s.Payload), t.keep.Payload)]...),
		}
	}
}

// phase is the part of the connection's life that s belongs to.
func (t *track) phase(s *wire.Segment, resets bool) Phase {
	l := &t.lives
	switch {
	case s.Flags.Any(wire.RST) || l.reset:
		return PhaseReset
	case l.end[0].fin || l.end[1].fin:
		return PhaseTeardown
	case s.Flags.Any(wire.SYN), t.conv.Handshake.ACK == s.Frame && s.Len == 0, !l.end[0].open && !l.end[1].open:
		return PhaseHandshake
	}
	return PhaseData
}

// isOver reports whether nothing more is to be expected of the connection: it was reset, or both FINs are acknowledged.
func (t *track) isOver() bool {
	l := &t.lives
	return l.reset || l.end[0].finAcked && l.end[1].finAcked
}
