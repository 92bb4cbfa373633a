package slow

import (
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// Bufferbloat: the round trip grows with what is in flight, and nothing is lost: a queue on the path holds it all.
//
// A bottleneck with a large buffer turns a sender's window into delay (RFC 7567, 1.1); everyone behind the queue waits with it.
var Bufferbloat = queueing("bufferbloat", "the round trip grows with the data in flight: a long queue on the path",
	"The slowest link on the path has a buffer that never says no. TCP fills it, and every packet waits in it; interactive traffic suffers most.",
	"shape a little below the link's rate with a short queue:  tc qdisc replace dev IFACE root cake bandwidth RATE;  or fq_codel on the router",
	[]string{"RFC 7567 1.1", "RFC 8290"}, []string{"shaper-short-queue", "rcvbuf-limited", "loss-rto"})

// ShaperShortQueue: the round trip grows until a short queue overflows, again and again: the path's rate is reached.
//
// That is how loss-based congestion control finds the rate (RFC 5681, 3.1); nothing is broken.
var ShaperShortQueue = queueing("shaper-short-queue", "the path's rate is reached: a queue fills and overflows in turn",
	"A link or a shaper (tbf, a router's rate limit) with a short queue. The round trip climbs until the queue drops something, the sender slows down, and so on.",
	"this is the rate of the path; look for the limit:  tc -s qdisc; ethtool IFACE;  a larger queue would trade loss for delay",
	[]string{"RFC 5681 3.1", "RFC 7567 1.1"}, []string{"bufferbloat", "policer", "loss-fast-retransmit"})

// Policer: bursts of loss while the round trip stays flat: something counts bytes and throws away what exceeds the rate.
//
// A policer has a bucket and no queue (RFC 2475, 2.3.3.2), so a sender gets no warning by delay; it loses whole bursts.
var Policer = queueing("policer", "bursts are lost while the round trip stays flat: a policer drops what exceeds a rate",
	"A rate limit without a queue: a provider's contract, a cloud instance's allowance, nft \"limit rate over … drop\".",
	"shape below the contracted rate at the sender:  tc qdisc replace dev IFACE root tbf rate RATE burst 32k latency 50ms;  nft list ruleset | grep 'limit rate'",
	[]string{"RFC 2475 2.3.3.2", "RFC 2697"}, []string{"shaper-short-queue", "loss-fast-retransmit", "bufferbloat"})

func queueing(id, title, cause, fix string, refs, alike []string) *diagnose.Rule {
	return &diagnose.Rule{
		ID: id, Title: title, Symptom: diagnose.Slow, Pace: true, Needs: diagnose.BothDirections, Cause: cause, Fix: fix, Refs: refs, Scenario: id, LookAlikes: alike,
		Judge: func(c *diagnose.Case) diagnose.Verdict { return queued(c, id) },
	}
}

// What it takes to speak of a queue: enough round trips measured, more data in flight than an initial window (RFC 6928), and
// a delay that no delayed ACK explains.
const (
	fewTrips    = 20
	firstFlight = 10 * 1460
	standing    = 100 * time.Millisecond
)

// queued judges a bulk transfer by how its round trips and its losses go together.
func queued(c *diagnose.Case, id string) diagnose.Verdict {
	d := flow.ToServer
	if c.Half(flow.ToClient).PayloadBytes > c.Half(d).PayloadBytes {
		d = flow.ToClient
	}
	h := c.Half(d)
	switch {
	case h.RTT.Samples < fewTrips || h.MaxInFlight <= firstFlight:
		return diagnose.Ruled("too little was in flight to fill a queue")
	case c.Half(d.Other()).ZeroWindows > 0:
		return diagnose.Ruled("the receiver's window closed: its program sets the pace")
	}
	if is := queueKind(h); is != id {
		return diagnose.Ruled(queueWords[is])
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Severity: "note", Why: queueWords[id], Frames: []uint32{h.FirstData, h.LastData},
		Evidence: []string{"round trips of the " + d.Sender() + "'s data, from segment " + diagnose.Num(h.FirstData) + " on: " + diagnose.Took(h.RTT.Early) + " at first, half of them over " +
			diagnose.Took(h.RTT.Median) + ", at most " + diagnose.Took(h.RTT.Max) + "; up to " + diagnose.Count(h.MaxInFlight, "byte") + " in flight"}}
	lost := diagnose.Num(h.Retransmissions) + " of " + diagnose.Count(h.Packets, "segment") + " were sent again, in " + diagnose.Count(h.RetransmissionRuns, "burst") + " " + diagnose.Seg(h.LastData)
	switch id {
	case "bufferbloat":
		v.Severity = "warning"
		if h.RTT.Median >= 5*h.RTT.Early && h.RTT.Samples >= 5*fewTrips {
			v.Level = diagnose.Strong
		}
		lost = "nothing was lost meanwhile " + diagnose.Seg(h.LastData)
		if h.Retransmissions > 0 {
			lost = "hardly anything was lost meanwhile: " + diagnose.Num(h.Retransmissions) + " of " + diagnose.Count(h.Packets, "segment") + " " + diagnose.Seg(h.LastData)
		}
	case "policer":
		v.Severity = "warning"
		if h.Retransmissions >= 10*h.RetransmissionRuns && h.Retransmissions >= 2*fewTrips {
			v.Level = diagnose.Strong
		}
	case "shaper-short-queue":
		// On a slow line the first burst waits for itself: beside what early segments took stands the least.
		if h.RTT.Median >= 3*h.RTT.Early && h.RTT.Median >= 5*h.RTT.Min && h.RetransmissionRuns >= 3 && h.RTT.Samples >= 3*fewTrips {
			v.Level = diagnose.Strong
		}
	}
	v.Evidence = append(v.Evidence, lost)
	return v
}

var queueWords = map[string]string{
	"":                   "round trips and losses do not show a queue",
	"bufferbloat":        "the round trip grows, and next to nothing is lost",
	"shaper-short-queue": "the round trip grows, and losses end it",
	"policer":            "whole bursts are lost, and the round trip stays flat",
}

// climbs reports whether half of the round trips of a direction take twice as long as the early ones, and longer than
// what hosts differ by: its data waits in a queue.
func climbs(h *flow.Half) bool {
	return h.RTT.Samples >= fewTrips && h.RTT.Early > 0 && h.RTT.Median >= 2*h.RTT.Early && h.RTT.Median-h.RTT.Early >= standing/10
}

// queueKind names what the round trips and losses of a direction show, "" when it is none of the three.
func queueKind(h *flow.Half) string {
	early := h.RTT.Early
	climbs := climbs(h)
	flat := h.RTT.P95 <= early+early/2+standing/20
	bursts := h.RetransmissionRuns > 1 && h.Retransmissions >= 5*h.RetransmissionRuns // a stray loss takes one or two along
	switch share := 100 * h.Retransmissions / max(h.Packets, 1); {
	case climbs && h.RTT.P95 >= 4*early && h.RTT.P95-early >= standing && share < 1:
		return "bufferbloat"
	case climbs && h.Retransmissions == 0 && (h.RTT.P95-early >= standing || h.RTT.Median >= 3*early && h.RTT.Median-early >= standing/2):
		return "bufferbloat"
	case climbs && h.RTT.P95 >= 4*early && h.RTT.P95-early >= 10*standing && share < 5: // seconds of queue are no short one
		return "bufferbloat"
	case climbs && h.RetransmissionRuns > 1:
		return "shaper-short-queue"
	case flat && bursts && share >= 8:
		return "policer"
	}
	return ""
}
