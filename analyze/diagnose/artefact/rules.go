// Package artefact holds what the capture itself makes look like trouble (it is judged before anything else is believed).
package artefact

import (
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Rules are the artefacts of captures.
var Rules = []*diagnose.Rule{CaptureLoss, CaptureDuplicates, CaptureEndsEarly, ChecksumOffload}

// CaptureLoss: bytes that were never captured were acknowledged: the capture missed them, the network did not.
var CaptureLoss = &diagnose.Rule{
	ID: "capture-loss", Title: "the capture missed segments that the other end received",
	Symptom: diagnose.Artefact, Needs: diagnose.BothDirections,
	Cause: "The capturing host could not keep up, or part of the traffic took another way. What was acknowledged did arrive.",
	Fix:   "capture again with a larger buffer (tcpdump -B 65536) and a narrow filter; compare the counts of dropped frames",
	Refs:  []string{"RFC 9293 3.4"}, Scenario: "capture-loss", LookAlikes: []string{"capture-duplicates"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		missing := c.Conv.Half[0].MissingAcked + c.Conv.Half[1].MissingAcked
		if missing == 0 {
			return diagnose.Ruled("every byte that was acknowledged was captured")
		}
		if frame := disowned(c); frame != 0 {
			return diagnose.Ruled("what was acknowledged was never sent: its sender's own numbers are below it " + diagnose.Seg(frame))
		}
		return diagnose.Verdict{Level: diagnose.Certain, Why: "acknowledged without having been captured", Frames: []uint32{c.Conv.FirstFrame, c.Conv.LastFrame},
			Evidence: []string{diagnose.Were(missing, "byte") + " acknowledged that this capture does not hold " + diagnose.Seg(c.Conv.LastFrame) + ": a gap is no loss on the network"}}
	},
}

// disowned is the segment by which an end shows that it never sent what the other end had acknowledged, 0 when there is none:
// a bare RST with just that number, or an ACK, which always carries the next number to be sent (RFC 9293, 3.10.7.4), below it.
func disowned(c *diagnose.Case) uint32 {
	var sent, claimed [2]wire.Seq // by end: how far it had sent, and what was acknowledged beyond that
	var since [2]capture.Stamp
	for i := range c.Conv.Rows {
		if c.Conv.Gap > 0 && i >= c.Conv.GapAt {
			return 0 // what was sent in between is not known
		}
		r := &c.Conv.Rows[i]
		own, other := claimed[r.Dir], r.Dir.Other()
		switch {
		case own != 0 && (refuses(r) && r.Seq == own || diagnose.Pure(r) && r.Seq.Less(own) && !probes(r, since[r.Dir])):
			return r.Frame
		case r.Flags.Any(wire.RST):
			continue
		case r.Flags.Any(wire.ACK) && sent[other].Less(r.Ack) && c.Half(other).ISNKnown:
			claimed[other], since[other] = r.Ack, r.Time
		}
		sent[r.Dir] = sent[r.Dir].Max(r.End())
	}
	return 0
}

// probes reports whether a segment repeats a number on purpose; no timer of keep-alives is that short after an ACK.
func probes(r *flow.Row, acked capture.Stamp) bool {
	return r.Marks.Any(classify.KeepAlive|classify.ZeroWindowProbe) && r.Time.Sub(acked) > time.Second/2
}

// refuses reports whether a segment is the RST of a kernel that does not know what it was told.
func refuses(r *flow.Row) bool { return r.Flags.Any(wire.RST) && !r.Flags.Any(wire.ACK) }

// CaptureDuplicates: the capture holds packets twice: a mirror port, a bridge and its port, the pseudo-interface any.
//
// A copy made on the path would draw a DSACK (RFC 2883); a copy made by the capture has the same IP ID, microseconds later.
var CaptureDuplicates = &diagnose.Rule{
	ID: "capture-duplicates", Title: "the capture holds packets twice",
	Symptom: diagnose.Artefact, Needs: diagnose.BothDirections,
	Cause: "The packets passed two points that were both captured. They are no retransmissions.",
	Fix:   "capture on one interface instead of any, or remove the copies:  editcap -d IN OUT",
	Refs:  []string{"RFC 2883"}, Scenario: "capture-duplicates", LookAlikes: []string{"capture-loss"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		if c.Conv.Duplicates == 0 {
			return diagnose.Ruled("no packet was captured twice")
		}
		if n := c.Conv.Half[0].DSACKs + c.Conv.Half[1].DSACKs; n > 0 {
			return diagnose.Verdict{Level: diagnose.Possible, Why: "the same packets twice, and a receiver got something twice", Frames: []uint32{c.Conv.FirstFrame},
				Evidence: []string{diagnose.Were(c.Conv.Duplicates, "packet") + " captured twice, and " + diagnose.Num(n) +
					" ACKs report duplicates (DSACK): the path may have doubled them, not the capture " + diagnose.Seg(c.Conv.FirstFrame)}}
		}
		level := diagnose.Certain
		if c.Conv.OneWay || !c.SYN().SACKPermitted || !c.SYNACK().SACKPermitted {
			level = diagnose.Likely // nobody would say that it got something twice
		}
		return diagnose.Verdict{Level: level, Why: "the same packet twice", Frames: []uint32{c.Conv.FirstFrame},
			Evidence: []string{"of the connection " + diagnose.Were(c.Conv.Duplicates, "packet") + " captured twice; copies are marked and not counted " + diagnose.Seg(c.Conv.FirstFrame)}}
	},
}
