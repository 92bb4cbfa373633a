package slow

import (
	"slices"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// LossFastRetransmit: segments were lost and repaired within a round trip.
//
// Three duplicate ACKs, or SACK, show the hole before any timer does (RFC 5681, 3.2; RFC 6675; RFC 8985).
var LossFastRetransmit = loss("loss-fast-retransmit", "segments were lost and repaired at once",
	"Some loss is normal: it is how TCP finds the bandwidth. Repaired this way it costs one round trip.",
	[]string{"RFC 5681 3.2", "RFC 6675", "RFC 8985"})

// LossRTO: a segment was lost and nothing showed it but the retransmission timer.
var LossRTO = loss("loss-rto", "lost segments were repeated only after a timeout",
	"With nothing sent behind a lost segment, or with heavy loss, only the timer repairs it: 200 ms at least, doubling.",
	[]string{"RFC 6298", "RFC 9293 3.8.1"})

// LossTailTLP: the last segment of a burst was lost and repeated by a tail loss probe (RFC 8985, 7).
var LossTailTLP = loss("loss-tail-tlp", "the last segment of a burst was lost and repeated by a probe",
	"No later segment can reveal the loss of the last one; the sender probes after two round trips.",
	[]string{"RFC 8985 7"})

func loss(id, title, cause string, refs []string) *diagnose.Rule {
	return &diagnose.Rule{
		ID: id, Title: title, Symptom: diagnose.Slow, Needs: diagnose.BothDirections, Cause: cause,
		Fix:  "find where it is lost:  mtr -T -P PORT HOST; nstat -az | grep -i retrans;  check duplex, Wi-Fi, queue drops: tc -s qdisc, ethtool -S",
		Refs: refs, Scenario: id, LookAlikes: []string{"spurious-retransmit", "reordering", "capture-loss", "pmtu-blackhole"},
		Judge: func(c *diagnose.Case) diagnose.Verdict { return lost(c, id) },
	}
}

// soonestProbe is the soonest that a tail loss probe comes: Linux sets its timer two ticks ahead at least.
const soonestProbe = 2 * time.Millisecond

// repair is how a repetition was brought about.
func repair(c *diagnose.Case, r *flow.Row, first *flow.Row) string {
	waited := r.Time.Sub(first.Time)
	last := c.FirstAfter(first.Frame, r.Dir, func(o *flow.Row) bool { return o.Frame < r.Frame && diagnose.Data(o) && first.End().Less(o.End()) }) == nil
	rtt := max(c.Half(r.Dir).RTT.Min, c.Conv.Handshake.RTT)
	switch {
	case r.Marks.Any(classify.FastRetransmission):
		return "loss-fast-retransmit"
	case last && waited >= max(rtt, soonestProbe) && waited < 2*rtt+300*time.Millisecond && waited < time.Second && diagnose.Data(r):
		return "loss-tail-tlp"
	case waited >= 190*time.Millisecond:
		return "loss-rto"
	}
	return ""
}

// samePacket reports whether two segments are one packet that was copied on the way: a sender gives every packet that may
// be fragmented an IP ID of its own (RFC 6864, 4.3), and Linux gives one to repetitions too.
func samePacket(a, b *flow.Row) bool { return a.IPID != 0 && a.IPID == b.IPID && a.Ack == b.Ack }

func lost(c *diagnose.Case, id string) diagnose.Verdict {
	var n int
	var frame, original uint32
	var waited time.Duration
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if !r.Marks.Any(classify.Retransmission|classify.FastRetransmission) || r.Marks.Any(classify.SpuriousRetransmission|classify.KeepAlive|classify.ZeroWindowProbe) || !diagnose.Data(r) {
			continue
		}
		first := c.FirstAfter(0, r.Dir, func(o *flow.Row) bool { return diagnose.Data(o) && o.Seq == r.Seq })
		if first == nil || first.Frame == r.Frame || samePacket(first, r) || c.Arrived(first.Frame) || repair(c, r, first) != id {
			continue
		}
		if n == 0 {
			frame, original, waited = r.Frame, first.Frame, r.Time.Sub(first.Time)
		}
		n++
	}
	if n == 0 && c.Join != nil {
		return diagnose.Ruled("both ends were captured, and no segment that was repeated this way was lost")
	}
	fast := c.Half(0).FastRetransmissions + c.Half(1).FastRetransmissions
	switch {
	case n > 0:
	case id == "loss-fast-retransmit" && fast > 0:
		return diagnose.Verdict{Level: diagnose.Strong, Severity: "note", Why: "fast retransmissions", Frames: []uint32{c.Conv.FirstFrame, c.Conv.LastFrame},
			Evidence: []string{diagnose.Num(fast) + " fast retransmissions between the first and the last segment " + diagnose.Seg(c.Conv.LastFrame)}}
	default:
		return diagnose.Ruled("no segment was repeated this way")
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "data was repeated", Frames: []uint32{original, frame},
		Evidence: []string{"segment " + diagnose.Num(original) + " is repeated " + diagnose.Took(waited) + " later " + diagnose.Seg(frame)}}
	if c.Lost(original) {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "both ends were captured: it left one and never reached the other "+diagnose.Seg(original))
	}
	if n > 1 {
		v.Evidence = append(v.Evidence, "so are "+diagnose.Num(n-1)+" more of the segments at hand "+diagnose.Seg(frame))
	}
	if id != "loss-rto" {
		v.Severity = "note"
	}
	return v
}

// SpuriousRetransmit: data that had arrived was sent again: its ACK was lost or late, or the timer too short.
//
// The receiver says so with a DSACK (RFC 2883).
var SpuriousRetransmit = &diagnose.Rule{
	ID: "spurious-retransmit", Aliases: []string{"loss-ack-direction"}, Title: "data that had already arrived was sent again",
	Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "ACKs were lost on the way back, or a delay spike (Wi-Fi, mobile) ran out the timer. Bandwidth is lost, data is not.",
	Fix:   "nstat -az TcpExtTCPDSACKRecv TcpExtTCPSpuriousRTOs TcpExtTCPDSACKUndo;  look for loss on the way back",
	Refs:  []string{"RFC 2883", "RFC 3522", "RFC 5682"}, Scenario: "spurious-retransmit", LookAlikes: []string{"loss-rto", "capture-duplicates"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		if v, ok := needless(c); ok {
			return v
		}
		n := c.Half(0).SpuriousRetransmissions + c.Half(1).SpuriousRetransmissions
		if n == 0 {
			return diagnose.Ruled("nothing was repeated after its ACK")
		}
		frame := c.Conv.LastFrame
		for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
			if r := firstMarked(c, d, classify.SpuriousRetransmission); r != nil {
				frame = r.Frame
			}
		}
		return diagnose.Verdict{Level: diagnose.Strong, Severity: "note", Why: "repeated after its ACK", Frames: []uint32{frame},
			Evidence: []string{diagnose.Num(n) + " segments were sent again although they had been acknowledged " + diagnose.Seg(frame)}}
	},
}

// needless finds data that was sent again although the captures of both ends show that it had arrived.
func needless(c *diagnose.Case) (v diagnose.Verdict, ok bool) {
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if !r.Marks.Any(classify.AnyRetransmission) || !diagnose.Data(r) {
			continue
		}
		first := c.FirstAfter(0, r.Dir, func(o *flow.Row) bool { return diagnose.Data(o) && o.Seq == r.Seq })
		if first == nil || first.Frame >= r.Frame || samePacket(first, r) || !c.Arrived(first.Frame) {
			continue
		}
		v = diagnose.Verdict{Level: diagnose.Certain, Severity: "note", Why: "what was repeated had arrived", Frames: []uint32{first.Frame, r.Frame},
			Evidence: []string{"both ends were captured: segment " + diagnose.Num(first.Frame) + " arrived, and was sent again " + diagnose.Seg(r.Frame)}}
		ack := c.FirstAfter(first.Frame, r.Dir.Other(), func(o *flow.Row) bool { return o.Frame < r.Frame && !o.Ack.Less(first.End()) && c.Lost(o.Frame) })
		if ack != nil {
			v.Evidence = append(v.Evidence, "its ACK was lost on the way back "+diagnose.Seg(ack.Frame))
			v.Frames = append(v.Frames, ack.Frame)
		}
		return v, true
	}
	return v, false
}

// overtaken are the segments that the captures of both ends show arriving after what was sent later.
func overtaken(c *diagnose.Case) (frames []uint32) {
	if k := c.Ends(); k != nil {
		frames = slices.Concat(k.Way[flow.ToServer].Late, k.Way[flow.ToClient].Late)
	}
	return frames
}

// Reordering: segments overtook one another; nothing was lost.
var Reordering = &diagnose.Rule{
	ID: "reordering", Title: "segments overtook one another on the way", Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "Packets of one connection travel on several paths or queues at once.",
	Fix:   "nstat -az TcpExtTCPSACKReorder; ss -ti (reordering);  balance the load by connection, not by packet",
	Refs:  []string{"RFC 4653", "RFC 8985"}, Scenario: "reordering", LookAlikes: []string{"loss-fast-retransmit"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		a, b := c.Half(0), c.Half(1)
		if late := overtaken(c); len(late) > 0 {
			return diagnose.Verdict{Level: diagnose.Certain, Severity: "note", Why: "both ends were captured", Frames: late[:1],
				Evidence: []string{"both ends were captured: " + diagnose.Num(len(late)) + " segments arrived after what was sent later " + diagnose.Seg(late[0])}}
		}
		if a.OutOfOrder+b.OutOfOrder == 0 {
			return diagnose.Ruled("every segment came in order")
		}
		if a.Retransmissions+b.Retransmissions > 0 {
			return diagnose.Ruled("segments were repeated too: loss explains the order")
		}
		frame := c.Conv.LastFrame
		for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
			if r := firstMarked(c, d, classify.OutOfOrder); r != nil {
				frame = r.Frame
			}
		}
		return diagnose.Verdict{Level: diagnose.Strong, Severity: "note", Why: "out of order, nothing repeated", Frames: []uint32{frame},
			Evidence: []string{diagnose.Num(a.OutOfOrder+b.OutOfOrder) + " segments came late, none was repeated " + diagnose.Seg(frame)}}
	},
}
