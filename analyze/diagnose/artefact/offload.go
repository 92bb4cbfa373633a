package artefact

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// ChecksumOffload: checksums look wrong because the capture was made before the network card, or a box behind it, filled
// them in: their receiver took the segments all the same.
//
// RFC 9293, 3.1 has every receiver check the sum, so an acknowledged segment had a good one when it arrived.
var ChecksumOffload = &diagnose.Rule{
	ID: "checksum-offload-artifact", Title: "checksums look wrong in this capture, but the segments were accepted",
	Symptom: diagnose.Artefact, Needs: diagnose.BothDirections,
	Cause: "The sending host leaves the checksum to its network card and was captured before that, or the capture was edited (addresses " +
		"made anonymous) without mending the sums.",
	Fix:        "nothing is wrong; to see real sums capture at the other end, or  ethtool -K IFACE tx off",
	Refs:       []string{"RFC 9293 3.1", "RFC 1122 4.2.2.7"},
	Scenario:   "checksum-offload-artifact",
	LookAlikes: []string{"bad-checksum"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
			s := &c.Half(d).Checksums
			if s.Accepted == 0 || c.Half(d).Retransmissions == 0 { // where nothing was repeated nobody takes it for damage
				continue
			}
			return diagnose.Verdict{Level: diagnose.Likely, Why: "wrong, and acknowledged", Frames: []uint32{s.First},
				Evidence: []string{diagnose.Num(s.Bad) + " of the " + diagnose.Count(s.Checked, "segment") + " checked of the " + d.Sender() +
					" have a wrong checksum, and the " + d.Other().Sender() + " acknowledged them: the sum was good when they arrived " + diagnose.Seg(s.First)}}
		}
		return diagnose.Ruled("no segment with a wrong checksum was acknowledged, or nothing was sent again")
	},
}
