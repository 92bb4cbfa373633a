package flow

import (
	"tcplab/analyze/classify"
	"tcplab/analyze/wire"
)

// MaxResets bounds the RSTs kept of one connection.
const MaxResets = 8

// reset keeps a RST and decides whether its receiver obeys it.
func (t *track) reset(d Dir, s *wire.Segment, j *classify.Judgement) bool {
	me, peer := &t.pair.Side[d], &t.pair.Side[d.Other()]
	r := Reset{
		Frame: s.Frame, Time: s.Time, Dir: d, Flags: s.Flags, SeqRaw: s.Seq, AckRaw: s.Ack, Seq: j.Seq, Window: s.Window,
		TTL: s.TTL, IPID: s.IPID, DF: s.DF, MAC: s.SrcMAC, Options: s.Options.Has, Len: s.Len,
		AnswersFrame: t.conv.Half[d.Other()].LastFrame,
	}
	if known, _ := me.Known(); known {
		r.ExpectedSeq = me.Next()
	}
	if reason, ok := s.Options.ResetReason(); ok {
		r.Subflow = min(reason, 254) + 1
	}
	syn := &t.conv.Half[d.Other()].SYN
	r.AnswersSYN = syn.Seen && !t.conv.Half[d].SYN.Seen && s.Flags.Any(wire.ACK) && s.Ack == syn.next()
	r.Obeyed = t.obeyed(d, s, &r, peer)
	if len(t.conv.Resets) < MaxResets {
		t.conv.Resets = append(t.conv.Resets, r)
	}
	if r.Obeyed && !t.lives.reset {
		t.conv.first, t.conv.Reset = r, &t.conv.first
		if d == ToClient && r.AnswersSYN {
			t.known = true
		}
	}
	return r.Obeyed
}

// obeyed reports whether the receiver of a RST gives the connection up.
//
// In SYN-SENT only a RST that acknowledges the SYN counts (RFC 9293, 3.10.7.3). Later its number must be exactly the next
// expected one; elsewhere in the window it draws a challenge ACK (RFC 5961, 3.2), outside it is ignored. Captures miss
// segments, so any number between what was acknowledged and what was sent is taken as exact.
func (t *track) obeyed(d Dir, s *wire.Segment, r *Reset, peer *classify.Side) bool {
	if l := &t.lives; l.end[d.Other()].syn && !l.end[d].syn && !l.end[d].open {
		return r.AnswersSYN
	}
	me := &t.pair.Side[d]
	known, _ := me.Known()
	if !known {
		return true
	}
	seq := s.Seq - t.base(d)
	return !seq.Less(me.Acked()) && seq.LessEq(me.Next())
}

// base is the raw number that relative numbers of direction d count from.
func (t *track) base(d Dir) wire.Seq { return t.pair.Side[d].Base() }

// noteFIN keeps the first FIN of each end and the first ACK beyond it.
func (t *track) noteFIN(d Dir, s *wire.Segment) {
	h, o := &t.conv.Half[d], &t.conv.Half[d.Other()]
	if s.Flags.Any(wire.FIN) && h.FIN == 0 {
		h.FIN, h.FINTime = s.Frame, s.Time
	}
	if peer := &t.lives.end[d.Other()]; peer.finAcked && o.FINAcked == 0 {
		o.FINAcked = s.Frame
		o.FINAckedBare = !s.Flags.Any(wire.FIN)
	}
}

// closeKind names how the connection ended (RFC 9293, 3.6).
func (t *track) closeKind() Close {
	l := &t.lives
	c, s := &t.conv.Half[ToServer], &t.conv.Half[ToClient]
	if l.reset && t.conv.Reset != nil && (c.FIN == 0 || s.FIN == 0) {
		r := t.conv.Reset
		return Close{Kind: "reset", By: r.Dir.Sender(), Frames: t.sortedFrames(r.Frame)}
	}
	switch {
	case c.FIN == 0 && s.FIN == 0:
		return Close{Kind: "none", Frames: t.conv.closing[:0]}
	case c.FIN == 0:
		return t.half(ToClient)
	case s.FIN == 0:
		return t.half(ToServer)
	}
	frames := t.sortedFrames(c.FIN, c.FINAcked, s.FIN, s.FINAcked)
	if !l.end[0].passive && !l.end[1].passive { // neither had the other's FIN when it sent its own
		return Close{Kind: "simultaneous", By: "both", Frames: frames, TimeWait: t.timeWait()}
	}
	first := ToServer
	if l.end[ToServer].passive {
		first = ToClient
	}
	kind := "three-way"
	if h := &t.conv.Half[first]; h.FINAckedBare {
		kind = "four-way"
	}
	return Close{Kind: kind, By: first.Sender(), Frames: frames, TimeWait: t.timeWait()}
}

func (t *track) half(d Dir) Close {
	h := &t.conv.Half[d]
	return Close{Kind: "half", By: d.Sender(), Frames: t.sortedFrames(h.FIN, h.FINAcked)}
}

// timeWait names the end that is left in TIME-WAIT.
func (t *track) timeWait() string {
	st := t.lives.states()
	switch {
	case st[0] == TimeWait && st[1] == TimeWait:
		return "both"
	case st[0] == TimeWait:
		return "client"
	case st[1] == TimeWait:
		return "server"
	}
	return ""
}

// sortedFrames returns the frames that were seen, in order, each once; the list is kept in the conversation itself.
func (t *track) sortedFrames(frames ...uint32) []uint32 {
	out := t.conv.closing[:0]
	for _, f := range frames {
		i := 0
		for i < len(out) && out[i] < f {
			i++
		}
		if f == 0 || i < len(out) && out[i] == f {
			continue
		}
		out = append(out, 0)
		copy(out[i+1:], out[i:])
		out[i] = f
	}
	return out
}
