package reset

import (
	"strings"
	"syscall"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture/calls"
)

// Why several causes are ruled out with the same words.
const (
	noReset  = "no RST ended an open connection"
	notQuit  = "the RST is not the abort of a living socket: RST,ACK in sequence with a real window"
	notReply = "the RST is not a kernel's reply to a stray segment: no ACK flag, window 0, sequence number taken from its ACK"
	finFirst = "its sender had closed with a FIN before"
)

// opened is the RST that ended an open connection, nil when there is none.
func opened(c *diagnose.Case) *flow.Reset {
	if rst := c.Reset(); rst != nil && !rst.AnswersSYN && c.Established() {
		return rst
	}
	return nil
}

// abort is the RST of a program that gave a living socket up; why is "" when there is one. Other systems than Linux abort
// with other forms, so sure is false for them.
func abort(c *diagnose.Case) (rst *flow.Reset, sure bool, why string) {
	rst = opened(c)
	switch {
	case rst == nil:
		return nil, false, noReset
	case c.Made(rst.Frame):
		return nil, false, "the RST was made on the way: the " + rst.Dir.Sender() + "'s own capture does not have it"
	case c.Half(rst.Dir).FIN != 0 && c.Half(rst.Dir).FIN < rst.Frame:
		return nil, false, finFirst
	case c.Shape() == diagnose.Quit:
		return rst, true, ""
	case c.Shape() == diagnose.OtherSystem && rst.Flags.Any(wire.ACK) && rst.Seq == rst.ExpectedSeq:
		return rst, false, ""
	}
	return nil, false, notQuit
}

// reply is the first RST of a kernel that does not know the connection, and the segment it answers.
func reply(c *diagnose.Case) (rst *flow.Reset, to *flow.Row, why string) {
	rst = opened(c)
	if rst == nil {
		return nil, nil, noReset
	}
	for i := range c.Conv.Resets {
		if r := &c.Conv.Resets[i]; r.Dir == rst.Dir && r.Frame < rst.Frame && bare(r) {
			rst = r
			break
		}
	}
	if c.ShapeOf(rst) != diagnose.UnknownFlow && !bare(rst) {
		return nil, nil, notReply
	}
	if to = trigger(c, rst); to == nil {
		return nil, nil, notReply
	}
	return rst, to, ""
}

func bare(r *flow.Reset) bool {
	return !r.Flags.Any(wire.ACK) && r.Window == 0 && r.Options == 0 && r.Len == 0
}

// trigger is the segment that a bare RST answers: its ACK is the RST's number. A kernel answers each stray segment with one
// RST, so of several RSTs in a row the first answers the segment that lies as far back.
func trigger(c *diagnose.Case, rst *flow.Reset) *flow.Row {
	back := 0
	for i := range c.Conv.Resets {
		if r := &c.Conv.Resets[i]; r.Dir == rst.Dir && r.AnswersFrame == rst.AnswersFrame && r.Frame >= rst.Frame {
			back++
		}
	}
	var to *flow.Row
	for i := len(c.Conv.Rows) - 1; i >= 0 && back > 0; i-- {
		r := &c.Conv.Rows[i]
		if r.Frame >= rst.Frame || r.Dir == rst.Dir {
			continue
		}
		back--
		if r.Flags.Any(wire.ACK) && r.AckRaw == rst.SeqRaw {
			to = r
		}
	}
	return to
}

// closedBefore reports whether the sender of the RST had sent its FIN before the segment to.
func closedBefore(c *diagnose.Case, rst *flow.Reset, to *flow.Row) bool {
	fin := c.Half(rst.Dir).FIN
	return fin != 0 && fin < rst.Frame
}

// finMissed is the first segment of the other end that acknowledges one number more than the capture has of the sender of a
// RST, which then goes on with just that number: a FIN that the capture lacks. Nil when there is none; a program that sends a
// single byte, which is lost and followed by nothing, is rarer by far.
func finMissed(c *diagnose.Case, rst *flow.Reset) *flow.Row {
	if c.Half(rst.Dir).FIN != 0 {
		return nil
	}
	var high wire.Seq
	known := false
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		switch {
		case r.Frame >= rst.Frame:
			return nil
		case r.Dir == rst.Dir:
			high, known = high.Max(r.End()), true
		case known && r.Flags.Any(wire.ACK) && r.Ack == high+1 && rst.Seq == r.Ack && !r.Flags.Any(wire.SYN):
			return r
		}
	}
	return nil
}

// missedText says how a FIN shows that the capture lacks.
func missedText(rst *flow.Reset, ack *flow.Row) string {
	return "the " + ack.Dir.Sender() + " acknowledges one number more than the capture has of the " + rst.Dir.Sender() + ": a FIN, which was not captured " + diagnose.Seg(ack.Frame)
}

// quitEvidence describes the RST of an abort.
func quitEvidence(c *diagnose.Case, rst *flow.Reset) string {
	return "the " + rst.Dir.Sender() + " sends RST,ACK in sequence (" + diagnose.Num(rst.Seq) + ") with its real window, without FIN: " +
		"a living socket was aborted " + diagnose.Seg(rst.Frame)
}

// madeHere reports whether the capture holds what the sender of a RST sent before twice, as most of the rest, and the RST once:
// it came out of the very box whose interfaces were captured, and was not passed on by it.
func madeHere(c *diagnose.Case, rst *flow.Reset) bool {
	before := false
	for i := range c.Copies {
		if r := &c.Copies[i]; r.Dir == rst.Dir {
			if r.Flags.Any(wire.RST) {
				return false
			}
			before = true
		}
	}
	once := int(c.Half(flow.ToServer).Packets+c.Half(flow.ToClient).Packets) - len(c.Copies)
	return before && once <= len(c.Copies)+2 // the RST, and what it answers
}

// replyEvidence describes the RST of a kernel without the connection.
func replyEvidence(rst *flow.Reset, to *flow.Row) string {
	return "the " + rst.Dir.Sender() + "'s kernel answers it with a bare RST whose sequence number is that segment's ACK (" +
		diagnose.Num(to.Ack) + "), window 0: it does not know the connection " + diagnose.Seg(rst.Frame)
}

// callOf is the first call of end with op whose arguments contain text, nil when it was not recorded.
func callOf(c *diagnose.Case, end flow.Dir, op, text string) *calls.Call {
	for _, call := range c.CallsOf(end) {
		if call.Op == op && strings.Contains(call.Args, text) {
			return call
		}
	}
	return nil
}

// told returns the verdict with what the other end of an abort is told: the error of catalogue 0.3.
func told(v diagnose.Verdict, c *diagnose.Case, rst *flow.Reset) diagnose.Verdict {
	text := "recv: ECONNRESET"
	if fin := c.Half(rst.Dir).FIN; fin != 0 && fin < rst.Frame || finMissed(c, rst) != nil {
		text = "send: EPIPE"
	}
	if failed := c.FailedCall(rst.Dir.Other()); failed != nil {
		text = diagnose.SeenBy(failed)
		v.Calls = append(v.Calls, failed.Number)
	}
	if rst.Dir == flow.ToServer {
		v.ServerSees = text
	} else {
		v.ClientSees = text
	}
	return v
}

// toldUnseen is the call of end that failed with ECONNRESET before any RST to end was captured: one reached it that did not
// pass here. Nil when there is none.
func toldUnseen(c *diagnose.Case, end flow.Dir) *calls.Call {
	call := c.FailedCall(end)
	if call == nil || call.Errno != syscall.ECONNRESET {
		return nil
	}
	for i := range c.Conv.Resets {
		if r := &c.Conv.Resets[i]; r.Dir != end && r.Time <= call.End {
			return nil
		}
	}
	return call
}

// callText names a failed call: "recv: ECONNRESET (call 12)".
func callText(call *calls.Call) string {
	return diagnose.SeenBy(call) + " (call " + diagnose.Num(call.Number) + ")"
}
