package noanswer

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// FinalAckBad: the handshake's last ACK reaches the server with a number that acknowledges nothing it has sent.
//
// In SYN-RECEIVED such an ACK is answered with <SEQ=SEG.ACK><CTL=RST> (RFC 9293, 3.10.7.4), so the RST shows the number that
// arrived. The client never sent it: its kernel answers the RST with a challenge ACK (RFC 5961, 3.2) and both go on for ever.
var FinalAckBad = &diagnose.Rule{
	ID: "final-ack-bad", Title: "the handshake's last ACK reaches the server with a wrong number",
	Symptom: diagnose.NoAnswer, Also: []diagnose.Symptom{diagnose.ResetBy, diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause: "A box on the way rewrites sequence numbers in one direction only, or the client's ACK belongs to another connection. " +
		"The client believes to be connected; the server resets a number nobody sent.",
	Fix:        "capture at both ends and compare the ACK numbers of the same segment; switch off sequence-number randomising on the firewall between",
	Refs:       []string{"RFC 9293 3.10.7.4", "RFC 5961 3.2"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_LISTEN", "TCP_FLAGS")},
	Scenario:   "final-ack-bad",
	LookAlikes: []string{"final-ack-dropped", "accept-queue-full-late", "injected-rst-out-of-window"},
	Judge:      finalAckBad,
}

func finalAckBad(c *diagnose.Case) diagnose.Verdict {
	server := c.Half(flow.ToClient)
	if !c.SYNACK().Seen || server.PayloadBytes > 0 || server.FIN != 0 || c.Half(flow.ToServer).Acked > 1 {
		return diagnose.Ruled("no SYN-ACK was seen, or the server had taken the connection")
	}
	rst := wrongNumber(c)
	if rst == nil {
		return diagnose.Ruled("no RST of the server has a number other than that of the handshake's ACK")
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "a RST for an ACK number that is not the handshake's",
		Evidence: []string{"the server's kernel resets an ACK with number " + diagnose.Num(rst.Seq) + ", where its SYN-ACK asked for 1 " + diagnose.Seg(rst.Frame)},
		Frames:   []uint32{c.SYNACK().Frame, rst.Frame}}
	bad := c.LastBefore(rst.Frame, flow.ToServer, func(r *flow.Row) bool { return r.Flags.Any(wire.ACK) && r.AckRaw == rst.SeqRaw })
	good := c.LastBefore(rst.Frame, flow.ToServer, func(r *flow.Row) bool { return r.Flags.Any(wire.ACK) && r.Ack == 1 })
	switch {
	case bad != nil && good != nil && good.Frame < bad.Frame:
		return diagnose.Ruled("the handshake's ACK was right " + diagnose.Seg(good.Frame) + "; the capture lacks what the server sent after it")
	case bad != nil:
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "the client's segment carries that very number "+diagnose.Seg(bad.Frame))
	case good != nil:
		v.Evidence = append(v.Evidence, "the client acknowledged 1 "+diagnose.Seg(good.Frame)+": the number was changed on the way")
	default:
		return diagnose.Ruled("the client sent no ACK")
	}
	if late := c.FirstAfter(rst.Frame, flow.ToClient, func(r *flow.Row) bool { return r.Flags.Has(wire.SYN | wire.ACK) }); late != nil {
		v.Level = diagnose.Certain
		v.Frames = append(v.Frames, late.Frame)
		v.Evidence = append(v.Evidence, "it still waits for the right one and repeats its SYN-ACK "+diagnose.Seg(late.Frame))
	}
	if v.Level != diagnose.Certain {
		return diagnose.Open("a RST with a number of its own: guessed by somebody, or the answer to an ACK that was changed on the way; a SYN-ACK sent again would decide")
	}
	return v
}

// wrongNumber is the server's first bare RST whose number is not the one its SYN-ACK asked for, nil when there is none.
func wrongNumber(c *diagnose.Case) *flow.Reset {
	for i := range c.Conv.Resets {
		r := &c.Conv.Resets[i]
		if r.Dir == flow.ToClient && !r.AnswersSYN && !r.Flags.Any(wire.ACK) && r.Window == 0 && r.SeqRaw != c.SYNACK().ISN+1 &&
			r.Frame > c.SYNACK().Frame {
			return r
		}
	}
	return nil
}
