package reset

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// detected lists what no kernel does with its RSTs, as Weaver, Sommer and Paxson (NDSS 2009) look for it. They found NATs, load
// balancers and spam filters that way too, so it shows another sender and says nothing of its intent. New data after the RST,
// their RST_SEQ_DATA, is goesOn.
func detected(c *diagnose.Case, rst *flow.Reset) (signs []string) {
	for i := range c.Conv.Resets {
		r := &c.Conv.Resets[i]
		if r.Dir != rst.Dir || r.Frame <= rst.Frame {
			continue
		}
		switch {
		case rst.SeqRaw.Less(r.SeqRaw) && !answered(c, r) && !between(c, rst, r):
			return append(signs, "a second RST jumps ahead by "+diagnose.Count(r.SeqRaw.Sub(rst.SeqRaw), "byte")+" that its sender never sent (RST_SEQ_CHANGE) "+diagnose.Seg(r.Frame))
		case r.Flags.Any(wire.ACK) && rst.Flags.Any(wire.ACK) && r.AckRaw != rst.AckRaw && !heard(c, rst, r):
			return append(signs, "two RSTs acknowledge different numbers, and nothing came between them (RST_ACK_CHANGE) "+diagnose.Seg(r.Frame))
		case !r.Flags.Any(wire.ACK) && r.AckRaw == 0 && rst.Flags.Any(wire.ACK) && r.SeqRaw == rst.SeqRaw && !answered(c, r):
			return append(signs, "a RST with ACK and one without, for the same number, from one end "+diagnose.Seg(r.Frame))
		}
	}
	if behind := rst.ExpectedSeq.Sub(rst.Seq); behind > 0 && !rst.AnswersSYN && !answered(c, rst) && rst.Flags.Any(wire.ACK) {
		signs = append(signs, "its number lies "+diagnose.Count(behind, "byte")+" behind what its sender had sent (DATA_SEQ_RST) "+diagnose.Seg(rst.Frame))
	}
	return signs
}

// answered reports whether a RST takes its number from the ACK of some segment of the other end, as a kernel's reply does.
func answered(c *diagnose.Case, r *flow.Reset) bool {
	return c.LastBefore(r.Frame, r.Dir.Other(), func(o *flow.Row) bool { return o.Flags.Any(wire.ACK) && o.AckRaw == r.SeqRaw }) != nil
}

// between reports whether the sender of two RSTs sent anything else between them.
func between(c *diagnose.Case, a, b *flow.Reset) bool {
	r := c.FirstAfter(a.Frame, a.Dir, func(o *flow.Row) bool { return !o.Flags.Any(wire.RST) })
	return r != nil && r.Frame < b.Frame
}

// heard reports whether the sender of two RSTs can have got anything between them.
func heard(c *diagnose.Case, a, b *flow.Reset) bool {
	r := c.FirstAfter(a.Frame, a.Dir.Other(), nil)
	return r != nil && r.Frame < b.Frame
}
