package slow

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// LossSackOff: segments were lost on a connection without SACK: the sender learns of one hole a round trip.
//
// Without RFC 2018 an ACK names only the first missing byte, so several losses in a window take as many round trips, or a
// timeout (RFC 6582, 1).
var LossSackOff = &diagnose.Rule{
	ID: "loss-sack-off", Title: "losses are repaired one a round trip: the connection has no SACK", Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "One end, or a box that removes the option, did not agree to selective acknowledgements.",
	Fix:   "sysctl net.ipv4.tcp_sack  at both ends (1 is the default);  compare the SYN at both ends: a box may strip the option",
	Refs:  []string{"RFC 2018 2", "RFC 6582 1"}, Scenario: "loss-sack-off", LookAlikes: []string{"loss-fast-retransmit", "loss-rto"},
	Judge: lossSackOff,
}

func lossSackOff(c *diagnose.Case) diagnose.Verdict {
	syn, synack := c.SYN(), c.SYNACK()
	switch {
	case !syn.Seen || !synack.Seen:
		return diagnose.Unjudged("both SYNs of the connection")
	case syn.SACKPermitted && synack.SACKPermitted:
		return diagnose.Ruled("both ends agreed to SACK")
	}
	for _, d := range [...]flow.Dir{flow.ToClient, flow.ToServer} {
		h := c.Half(d)
		if n := h.Retransmissions - min(h.Retransmissions, h.SpuriousRetransmissions); n < 2 || c.Half(d.Other()).DuplicateACKs < 2 {
			continue
		}
		who := "the client does"
		if syn.SACKPermitted {
			who = "the server does"
		}
		return diagnose.Verdict{Level: diagnose.Strong, Severity: "warning", Why: "losses without SACK", Frames: []uint32{syn.Frame, synack.Frame, h.LastData},
			Evidence: []string{who + " not agree to SACK " + diagnose.Seg(syn.Frame), "of the " + d.Sender() + " " + diagnose.Were(h.Retransmissions, "segment") + " sent again, after " +
				diagnose.Num(c.Half(d.Other()).DuplicateACKs) + " duplicate ACKs that could not name the holes " + diagnose.Seg(h.LastData)}}
	}
	return diagnose.Ruled("hardly anything was lost")
}
