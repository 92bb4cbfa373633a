package artefact

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// CaptureEndsEarly: the capture ends right after the SYN, so that no answer in it says nothing.
//
// RFC 6298, 2.1 gives an answer a second before the SYN is repeated.
var CaptureEndsEarly = &diagnose.Rule{
	ID: "capture-ends-early", Title: "the capture ends before an answer to the SYN could be missed",
	Symptom: diagnose.Artefact, Needs: diagnose.BothDirections,
	Cause: "The capture was stopped, or its count of frames was reached, less than a second after the SYN.",
	Fix:   "capture again until the client's program reports its error:  tcpdump -ni any -w FILE 'host HOST and tcp port PORT'",
	Refs:  []string{"RFC 6298 2.1"}, Scenario: "capture-ends-early", LookAlikes: []string{"syn-dropped"},
	Judge: captureEndsEarly,
}

func captureEndsEarly(c *diagnose.Case) diagnose.Verdict {
	switch call := c.ConnectCall(); {
	case !c.SYN().Seen || c.Half(flow.ToClient).Packets > 0 || len(c.Conv.ICMP) > 0:
		return diagnose.Ruled("the SYN was answered, or none was captured")
	case c.Half(flow.ToServer).Packets > uint64(max(len(c.Conv.SYNs), 1)):
		return diagnose.Ruled("the client went on as if it had been answered")
	case call != nil && call.Errno != 0:
		return diagnose.Ruled("the client's call tells what came of it")
	case c.Watched() >= diagnose.AnswerTime:
		return diagnose.Ruled("the capture goes on for " + diagnose.Took(c.Watched()))
	}
	return diagnose.Verdict{Level: diagnose.Certain, Why: "no time for an answer", Frames: []uint32{c.Conv.FirstFrame},
		Evidence: []string{c.EndsAfterSYN() + " " + diagnose.Seg(c.Conv.FirstFrame) +
			": whether it was answered is not known"}}
}
