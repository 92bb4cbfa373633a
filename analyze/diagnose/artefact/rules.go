// Package artefact holds what the capture itself makes look like trouble (it is judged before anything else is believed).
package artefact

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/wire"
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
		for i := range c.Conv.Resets {
			if r := &c.Conv.Resets[i]; missing > 0 && !r.Flags.Any(wire.ACK) && !r.AnswersSYN && r.ExpectedSeq.Less(r.Seq) {
				return diagnose.Ruled("a kernel reset the ACK of what it never sent " + diagnose.Seg(r.Frame))
			}
		}
		if missing == 0 {
			return diagnose.Ruled("every byte that was acknowledged was captured")
		}
		return diagnose.Verdict{Level: diagnose.Certain, Why: "acknowledged without having been captured", Frames: []uint32{c.Conv.FirstFrame, c.Conv.LastFrame},
			Evidence: []string{diagnose.Were(missing, "byte") + " acknowledged that this capture does not hold " + diagnose.Seg(c.Conv.LastFrame) + ": a gap is no loss on the network"}}
	},
}

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
