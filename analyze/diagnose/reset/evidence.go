package reset

import (
	"strings"

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
	case c.Half(rst.Dir).FIN != 0 && c.Half(rst.Dir).FIN < rst.Frame:
		return nil, false, finFirst
	case c.Shape() == diagnose.Quit:
		return rst, true, ""
	case c.Shape() == diagnose.OtherSystem && rst.Flags.Any(wire.ACK) && rst.Seq == rst.ExpectedSeq:
		return rst, false, ""
	}
	return nil, false, notQuit
}

// reply is the RST of a kernel that does not know the connection, and the segment it answers.
func reply(c *diagnose.Case) (rst *flow.Reset, to *flow.Row, why string) {
	rst = opened(c)
	switch {
	case rst == nil:
		return nil, nil, noReset
	case c.Shape() != diagnose.UnknownFlow:
		return nil, nil, notReply
	}
	to = c.Row(rst.AnswersFrame)
	if to == nil {
		return nil, nil, "the segment that the RST answers was not kept"
	}
	return rst, to, ""
}

// closedBefore reports whether the sender of the RST had sent its FIN before the segment to.
func closedBefore(c *diagnose.Case, rst *flow.Reset, to *flow.Row) bool {
	fin := c.Half(rst.Dir).FIN
	return fin != 0 && fin < rst.Frame
}

// quitEvidence describes the RST of an abort.
func quitEvidence(c *diagnose.Case, rst *flow.Reset) string {
	return "the " + rst.Dir.Sender() + " sends RST,ACK in sequence (" + diagnose.Num(rst.Seq) + ") with its real window, without FIN: " +
		"a living socket was aborted " + diagnose.Seg(rst.Frame)
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
	if fin := c.Half(rst.Dir).FIN; fin != 0 && fin < rst.Frame {
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
