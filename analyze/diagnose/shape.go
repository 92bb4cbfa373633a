package diagnose

import (
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// Shape is the form of a RST. On Linux it tells without any access to the host whether the kernel replied or a program
// gave up (catalogue 0.2).
type Shape uint8

// The shapes.
const (
	NoReset     Shape = iota
	NobodyHere        // R0: RST,ACK with sequence 0, window 0, no options: the answer to a segment without ACK
	UnknownFlow       // R1: RST alone, its sequence number is the ACK of the segment it answers
	Quit              // R2: RST,ACK in sequence with a real window: a living socket was aborted
	Foreign           // R3: none of these, from a peer whose kernel would have sent one of them
	OtherSystem       // none of these, and the peer is not known to be Linux: its shape proves nothing
)

// System is the kind of kernel an end runs, as far as its SYN or SYN-ACK tells.
type System uint8

// The systems that resets are told apart for.
const (
	UnknownSystem System = iota
	Linux
	Windows
	BSD // FreeBSD, macOS
)

// SystemOf fingerprints a SYN or SYN-ACK by initial TTL, window and options.
func SystemOf(s *flow.SYNInfo) System {
	switch {
	case !s.Seen || s.TTL == 0:
		return UnknownSystem
	case s.TTL > 64 && s.TTL <= 128:
		return Windows
	case s.TTL > 128:
		return UnknownSystem
	case s.Window == 65535 && s.Options&wire.HasMSS != 0:
		return BSD // Linux rounds its window to whole segments and never offers 65535
	case s.SACKPermitted || s.Options&wire.HasMD5 != 0 || s.Window%max(s.MSS, 1) == 0:
		return Linux
	}
	return UnknownSystem
}

// Shape is the form of the first RST.
func (c *Case) Shape() Shape {
	if !c.shapeDone {
		c.shapeDone = true
		if c.Conv != nil && c.Conv.Reset != nil {
			c.shape = c.ShapeOf(c.Conv.Reset)
		}
	}
	return c.shape
}

// ShapeOf is the form of a RST of this connection.
func (c *Case) ShapeOf(r *flow.Reset) Shape {
	switch {
	case r.AnswersSYN:
		return c.refusalShape(r)
	case c.isUnknownFlow(r):
		return UnknownFlow
	case c.isQuit(r):
		return Quit
	}
	if SystemOf(&c.Conv.Half[r.Dir].SYN) != Linux {
		return OtherSystem
	}
	return Foreign
}

// refusalShape: RFC 9293, 3.10.7.1 gives the answer of a closed port its numbers, so that much holds for every system.
func (c *Case) refusalShape(r *flow.Reset) Shape {
	if r.Flags&^(wire.ECE|wire.CWR) == wire.RST|wire.ACK && r.SeqRaw == 0 && r.Window == 0 && r.Options == 0 && r.Len == 0 {
		return NobodyHere
	}
	return Foreign
}

func (c *Case) isUnknownFlow(r *flow.Reset) bool {
	if r.Flags.Any(wire.ACK) || r.Window != 0 || r.Options != 0 || r.Len != 0 {
		return false
	}
	if row := c.Row(r.AnswersFrame); row != nil && row.AckRaw == r.SeqRaw {
		return true
	}
	return r.Seq == c.Conv.Half[r.Dir].Acked
}

func (c *Case) isQuit(r *flow.Reset) bool {
	timestamps := c.SYN().Timestamps && c.SYNACK().Timestamps
	stamped := r.Options&wire.HasTimestamps != 0
	// The window is the socket's real one: 0 only where the receive buffer is full, for which timestamps vouch, or its last segment.
	return r.Flags.Has(wire.RST|wire.ACK) && r.Seq == r.ExpectedSeq && r.Len == 0 &&
		(r.Window != 0 || timestamps && stamped || c.wasFull(r)) && (!timestamps || stamped)
}

// wasFull reports whether the last segment of a RST's sender had offered no window either.
func (c *Case) wasFull(r *flow.Reset) bool {
	own := c.LastOffer(r)
	return own != nil && own.WinRaw == 0
}

// LastOffer is the last segment by which the sender of a RST had offered a window; nil when there is none.
func (c *Case) LastOffer(r *flow.Reset) *flow.Row {
	return c.LastBefore(r.Frame, r.Dir, func(o *flow.Row) bool { return o.Flags.Any(wire.ACK) && !o.Flags.Any(wire.SYN|wire.RST) })
}

// TTLRange is the range of TTLs that sender's other packets arrived with; false when there were none.
func (c *Case) TTLRange(sender flow.Dir) (low, high uint8, ok bool) {
	h := &c.Conv.Half[sender]
	if h.TTLMax == 0 {
		return 0, 0, false
	}
	return h.TTLMin, h.TTLMax, true
}
