package harmless

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// SynSentBadAck: the SYN was answered with a SYN-ACK for another number: an old duplicate, or a forged one.
//
// In SYN-SENT an ACK that acknowledges nothing that was sent draws <SEQ=SEG.ACK><CTL=RST>, and the attempt goes on (RFC 9293,
// 3.10.7.3 and figure 8). Linux repeats its SYN at once.
var SynSentBadAck = &diagnose.Rule{
	ID: "syn-sent-bad-ack", Title: "a SYN-ACK with a wrong number was reset by the client, and the attempt went on",
	Symptom: diagnose.Harmless, Also: []diagnose.Symptom{diagnose.NoAnswer, diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause:      "An old SYN-ACK of the same ports arrived late, a box answered for another connection, or somebody guesses.",
	Fix:        "if it happens again and again, capture at the server and compare:  tcpdump -ni any 'tcp port PORT and host CLIENT'",
	Refs:       []string{"RFC 9293 3.10.7.3", "RFC 9293 3.5"},
	Scenario:   "syn-sent-bad-ack",
	LookAlikes: []string{"half-open-client-rebooted", "client-gave-up"},
	Judge:      synSentBadAck,
}

func synSentBadAck(c *diagnose.Case) diagnose.Verdict {
	syn := c.SYN()
	if !syn.Seen {
		return diagnose.Ruled("no SYN was captured")
	}
	wrong := c.FirstAfter(syn.Frame, flow.ToClient, func(r *flow.Row) bool {
		return r.Flags.Has(wire.SYN|wire.ACK) && r.AckRaw != syn.ISN+1 && r.AckRaw != syn.ISN+1+wire.Seq(syn.Len)
	})
	if wrong == nil {
		return badAckBeyond(c)
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Severity: "warning", Why: "a SYN-ACK for another SYN", Frames: []uint32{syn.Frame, wrong.Frame},
		Evidence: []string{"a SYN-ACK acknowledges " + diagnose.Num(uint32(wrong.AckRaw)) + ", the SYN asks for " + diagnose.Num(uint32(syn.ISN+1)) + " " + diagnose.Seg(wrong.Frame)}}
	rst := c.FirstAfter(wrong.Frame, flow.ToServer, func(r *flow.Row) bool { return r.Flags.Any(wire.RST) && r.SeqRaw == wrong.AckRaw })
	if rst == nil {
		return v
	}
	v.Level, v.Frames = diagnose.Certain, append(v.Frames, rst.Frame)
	v.Evidence = append(v.Evidence, "the client's kernel resets just that number "+diagnose.Seg(rst.Frame))
	return goneOn(v, c, rst.Frame)
}

// badAckBeyond: the SYN-ACK with the wrong number was made between the capture and the client, so that only the client's answer
// passes here: a RST with a number of its own, and the SYN again.
func badAckBeyond(c *diagnose.Case) diagnose.Verdict {
	for i := range c.Conv.Resets {
		r := &c.Conv.Resets[i]
		if r.Dir != flow.ToServer || r.Flags.Any(wire.ACK) || r.SeqRaw == c.SYN().ISN+1 || c.Conv.OneWay || c.Conv.Handshake.ACK != 0 && r.Frame > c.Conv.Handshake.ACK {
			continue
		}
		asked := func(o *flow.Row) bool { return o.Flags.Any(wire.ACK) && o.AckRaw == r.SeqRaw }
		if c.LastBefore(r.Frame, flow.ToClient, asked) != nil {
			continue // what it answers was captured
		}
		again := c.FirstAfter(r.Frame, flow.ToServer, func(o *flow.Row) bool { return o.Flags.Any(wire.SYN) && !o.Flags.Any(wire.ACK) })
		if again == nil || again.SeqRaw != c.SYN().ISN {
			continue
		}
		v := diagnose.Verdict{Level: diagnose.Likely, Severity: "warning", Why: "the client resets a number that was not captured, and asks again", Frames: []uint32{c.SYN().Frame, r.Frame},
			Evidence: []string{"the client's kernel resets number " + diagnose.Num(uint32(r.SeqRaw)) + ", which no SYN-ACK here acknowledges: one that did reached it without passing here " + diagnose.Seg(r.Frame)}}
		return goneOn(v, c, r.Frame)
	}
	return diagnose.Ruled("every SYN-ACK acknowledges the SYN")
}

// goneOn says what became of an attempt after an answer that its kernel did not believe.
func goneOn(v diagnose.Verdict, c *diagnose.Case, frame uint32) diagnose.Verdict {
	if ack := c.Conv.Handshake.ACK; ack > frame {
		v.Severity = "note"
		v.Frames = append(v.Frames, ack)
		v.Evidence = append(v.Evidence, "the attempt goes on and succeeds "+diagnose.Seg(ack))
		return v
	}
	if again := c.FirstAfter(frame, flow.ToServer, func(r *flow.Row) bool { return r.Flags.Any(wire.SYN) }); again != nil {
		v.Frames = append(v.Frames, again.Frame)
		v.Evidence = append(v.Evidence, "the client sends its SYN again "+diagnose.Seg(again.Frame))
	}
	return v
}

// SynSentBareRST: a RST that does not acknowledge the SYN came in, and the client ignored it.
//
// In SYN-SENT only a RST with an acceptable ACK counts (RFC 9293, 3.10.7.3), so a blind forger cannot refuse a connection.
var SynSentBareRST = &diagnose.Rule{
	ID: "syn-sent-bare-rst", Title: "a RST that does not acknowledge the SYN was ignored",
	Symptom: diagnose.Harmless, Also: []diagnose.Symptom{diagnose.NoAnswer, diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause:      "Somebody guesses RSTs, a box on the path answers in a wrong form, or a RST belongs to an older connection of the ports.",
	Fix:        "nothing is broken by it; to find the source compare its TTL with  traceroute -T -p PORT HOST",
	Refs:       []string{"RFC 9293 3.10.7.3", "RFC 5961 3.2"},
	Scenario:   "syn-sent-bare-rst",
	LookAlikes: []string{"closed-port", "syn-rst-ack-spoofed"},
	Judge:      synSentBareRST,
}

func synSentBareRST(c *diagnose.Case) diagnose.Verdict {
	syn := c.SYN()
	for i := range c.Conv.Resets {
		r := &c.Conv.Resets[i]
		before := c.LastBefore(r.Frame, flow.ToClient, func(o *flow.Row) bool { return !o.Flags.Any(wire.RST) })
		if !syn.Seen || r.Dir != flow.ToClient || r.AnswersSYN || r.Frame < syn.Frame || before != nil || c.Conv.OneWay {
			continue
		}
		if said := saidBefore(c, r.Frame); said != nil {
			return diagnose.Ruled("the client had gone on before the RST: its SYN had been answered, and the capture missed it " + diagnose.Seg(said.Frame))
		}
		what := "has no ACK"
		if r.Flags.Any(wire.ACK) {
			what = "acknowledges " + diagnose.Num(uint32(r.AckRaw)) + ", not the SYN's " + diagnose.Num(uint32(syn.ISN+1))
		}
		v := diagnose.Verdict{Level: diagnose.Strong, Severity: "warning", Why: "a RST that does not acknowledge the SYN",
			Evidence: []string{"a RST " + what + ": in SYN-SENT it does not count " + diagnose.Seg(r.Frame)}, Frames: []uint32{syn.Frame, r.Frame}}
		if v = goneOn(v, c, r.Frame); len(v.Frames) > 2 {
			v.Level = diagnose.Certain
		}
		if r.Flags.Any(wire.ACK) && !c.SYNACK().Seen && c.Refusal() == nil && len(c.Conv.SYNs) > 1 && len(c.Conv.Resets) >= len(c.Conv.SYNs) {
			v.Severity, v.Title = "error", "each SYN is refused by a RST with a wrong number, which the client ignores: the port is closed, and its host's TCP at fault"
			v.Evidence = append(v.Evidence, "so it goes for each of the "+diagnose.Num(len(c.Conv.SYNs))+" SYNs "+diagnose.Seg(c.Conv.LastFrame))
			if c.ConnectCall() == nil {
				v.ClientSees = "connect: ETIMEDOUT"
			}
			v.Fix = "take the timeout for a refusal: nothing listens there;  a RST must acknowledge the SYN's number and one more (RFC 9293, 3.10.7.1): mend that TCP, or the box that rewrites its numbers"
		}
		return v
	}
	return diagnose.Ruled("no RST came while the SYN was unanswered, or it acknowledges the SYN")
}

// saidBefore is what the client said after its SYN and before frame, nil when nothing: then the SYN had been answered by then.
func saidBefore(c *diagnose.Case, frame uint32) *flow.Row {
	if said := c.LastBefore(frame, flow.ToServer, nil); said != nil && !said.Flags.Any(wire.SYN) {
		return said
	}
	return nil
}
