package slow

import (
	"slices"
	"strings"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
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
	[]string{"RFC 6298", "RFC 9293 3.8.1"}, "loss-tail-tlp") // a probe that did not help

// LossTailTLP: the last segment of a burst was lost and repeated by a tail loss probe (RFC 8985, 7).
var LossTailTLP = loss("loss-tail-tlp", "the last segment of a burst was lost and repeated by a probe",
	"No later segment can reveal the loss of the last one; the sender probes after two round trips.",
	[]string{"RFC 8985 7"})

func loss(id, title, cause string, refs []string, implies ...string) *diagnose.Rule {
	return &diagnose.Rule{
		ID: id, Title: title, Symptom: diagnose.Slow, Needs: diagnose.BothDirections, Cause: cause,
		Fix:  "find where it is lost:  mtr -T -P PORT HOST; nstat -az | grep -i retrans;  check duplex, Wi-Fi, queue drops: tc -s qdisc, ethtool -S",
		Refs: refs, Scenario: id, Implies: implies, LookAlikes: []string{"spurious-retransmit", "reordering", "capture-loss", "pmtu-blackhole"},
		Judge: func(c *diagnose.Case) diagnose.Verdict { return lost(c, id) },
	}
}

// soonestProbe is the soonest that a tail loss probe comes: Linux sets its timer two ticks ahead at least.
const soonestProbe = 2 * time.Millisecond

// shortestTimer is the least that Linux waits before it repeats anything, 200 ms, and some slack.
const shortestTimer = 190 * time.Millisecond

// repair is how a repetition was brought about.
func repair(c *diagnose.Case, r *flow.Row, first *flow.Row) string {
	waited := r.Time.Sub(first.Time)
	switch {
	case r.Marks.Any(classify.FastRetransmission):
		return "loss-fast-retransmit"
	case (probeDue(c, r, first) || probeDueAfterACK(c, r, first) || probesFirst(c, r, first)) && wasLast(c, r, first) && !sentAgain(c, r, first):
		return "loss-tail-tlp"
	case waited >= shortestTimer && r.Why.Reason != classify.Early && !uncovered(c, r):
		return "loss-rto"
	}
	return ""
}

// probeDue reports whether r came when a tail loss probe for first was due.
func probeDue(c *diagnose.Case, r, first *flow.Row) bool {
	waited, rtt := r.Time.Sub(first.Time), max(c.Half(r.Dir).RTT.Min, c.Conv.Handshake.RTT)
	return waited >= max(rtt, soonestProbe) && waited < min(2*rtt+300*time.Millisecond, time.Second)
}

// probeDueAfterACK reports whether a timer that was set anew by an ACK ran as long as that of a probe: two round trips, and 200 ms more
// when one segment is in flight, whose ACK may be delayed (RFC 8985, 7.2). A retransmission timer is shorter by a round trip.
func probeDueAfterACK(c *diagnose.Case, r, first *flow.Row) bool {
	timer, trips := r.Time.Sub(armed(c, r, first)), 2*max(c.Half(r.Dir).RTT.Median, c.Conv.Handshake.RTT)
	return r.Time.Sub(first.Time) < time.Second && timer >= trips+150*time.Millisecond && timer < trips+300*time.Millisecond
}

// sentAgain reports whether first had been repeated before r: a probe is sent once, and never while a loss is being repaired (RFC 8985, 7.2).
func sentAgain(c *diagnose.Case, r, first *flow.Row) bool {
	return first.Marks.Any(classify.AnyRetransmission) || c.FirstAfter(first.Frame, r.Dir, func(o *flow.Row) bool { return o.Frame < r.Frame && diagnose.Data(o) && o.Seq == r.Seq }) != nil
}

// probesFirst reports whether a sender that has tail loss probes repeated something for the first time: Linux lets the timer of
// the probe end before that of the retransmission, when nothing shows a loss, and a loaded host runs it late.
func probesFirst(c *diagnose.Case, r, first *flow.Row) bool {
	waited := r.Time.Sub(armed(c, r, first))
	if diagnose.SystemOf(&c.Half(r.Dir).SYN) != diagnose.Linux || !c.SYN().SACKPermitted || !c.SYNACK().SACKPermitted || waited < shortestTimer || waited > time.Second {
		return false
	}
	earlier := c.LastBefore(r.Frame, r.Dir, func(o *flow.Row) bool { return o.Frame >= first.Frame && o.Marks.Any(classify.AnyRetransmission) })
	return earlier == nil && r.Len > 0
}

// uncovered reports whether an ACK that reached just up to r came so shortly before it that no timer can have ended since: each
// one sets the timer anew (RFC 6298, 5.3). It showed the next hole (RFC 6582, 3.2), or r belongs to what an earlier timer began.
func uncovered(c *diagnose.Case, r *flow.Row) bool {
	ack := c.LastBefore(r.Frame, r.Dir.Other(), func(o *flow.Row) bool { return o.Flags.Any(wire.ACK) })
	if ack == nil || ack.Ack != r.Seq || r.Time.Sub(ack.Time) >= shortestTimer {
		return false
	}
	before := c.LastBefore(ack.Frame, r.Dir.Other(), func(o *flow.Row) bool { return o.Flags.Any(wire.ACK) })
	return before != nil && before.Ack.Less(ack.Ack)
}

// armed is when the timer that r ends was last set: each ACK of something new sets it again (RFC 8985, 7.2; RFC 6298, 5.3).
func armed(c *diagnose.Case, r, first *flow.Row) capture.Stamp {
	ack := c.LastBefore(r.Frame, r.Dir.Other(), func(o *flow.Row) bool { return o.Frame > first.Frame && o.Flags.Any(wire.ACK) })
	if ack == nil {
		return first.Time
	}
	return ack.Time
}

// wasLast reports whether nothing had been sent beyond first when r repeated it.
func wasLast(c *diagnose.Case, r, first *flow.Row) bool {
	return c.FirstAfter(first.Frame, r.Dir, func(o *flow.Row) bool { return o.Frame < r.Frame && diagnose.Data(o) && first.End().Less(o.End()) }) == nil
}

// samePacket reports whether two segments are one packet that was copied on the way: a sender gives every packet that may
// be fragmented an IP ID of its own (RFC 6864, 4.3), and Linux gives one to repetitions too.
func samePacket(a, b *flow.Row) bool { return a.IPID != 0 && a.IPID == b.IPID && a.Ack == b.Ack }

// again is data that its sender sent twice.
type again struct {
	first, row *flow.Row
	arrived    string // what shows that the first copy arrived, "" when nothing does
}

// repeated are the segments of data that were sent again, as far as both copies were kept.
func repeated(c *diagnose.Case) []again {
	if c.Half(0).Retransmissions+c.Half(1).Retransmissions == 0 {
		return nil
	}
	var list []again
	var firsts [2]map[wire.Seq]*flow.Row
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if !diagnose.Data(r) || r.Marks.Any(classify.KeepAlive|classify.ZeroWindowProbe|classify.DuplicateCapture) {
			continue
		}
		seen := firsts[r.Dir]
		if seen == nil {
			seen = map[wire.Seq]*flow.Row{}
			firsts[r.Dir] = seen
		}
		first := seen[r.Seq]
		switch {
		case first == nil:
			seen[r.Seq] = r
		case !r.Marks.Any(classify.AnyRetransmission) || samePacket(first, r):
		default:
			list = append(list, again{first, r, arrival(c, first, r)})
		}
	}
	return list
}

// besideReceiver: what is captured there can still be thrown away; the path at least delivered it.
const besideReceiver = unclear + ": both copies were captured beside the receiver"

// unclear begins what is said of a repetition of which nothing shows whether the first copy arrived.
const unclear = "whether it was lost is not clear"

// acked is the first segment after r that acknowledges it, nil when there is none.
func acked(c *diagnose.Case, r *flow.Row) *flow.Row {
	return c.FirstAfter(r.Frame, r.Dir.Other(), func(o *flow.Row) bool { return o.Flags.Any(wire.ACK) && r.End().LessEq(o.Ack) })
}

// lateACK reports whether the first ACK of r came later than an answer to r takes, a delayed one too.
func lateACK(c *diagnose.Case, r *flow.Row) bool {
	ack := acked(c, r)
	trips := &c.Half(r.Dir).RTT
	rtt := max(min(trips.P95, 3*trips.Median), c.Conv.Handshake.RTT) // the ACK of a repetition may itself be one of the slowest
	return ack != nil && rtt > 0 && ack.Time.Sub(r.Time) > 2*rtt+delayedLow+delayedLow
}

// arrival says what shows that first had arrived when r repeated it, "" when nothing does.
func arrival(c *diagnose.Case, first, r *flow.Row) string {
	besides := map[flow.Dir]string{flow.ToServer: "server", flow.ToClient: "client"}[r.Dir]
	switch dsack := doubled(c, r); {
	case c.Lost(first.Frame):
		return ""
	case c.Arrived(first.Frame):
		return "both ends were captured: it arrived"
	case r.Marks.Any(classify.SpuriousRetransmission):
		return "it had been acknowledged"
	case dsack != 0:
		return "the receiver says that it got it twice (DSACK) " + diagnose.Seg(dsack)
	case tooBig(c, first, r):
		return unclear + ": a router had asked for smaller packets, and it is repeated in smaller pieces"
	case c.Conv.Vantage == besides:
		return besideReceiver
	case turnedDown(c, first, r):
		return unclear + ": its receiver answered it at once, with an ACK that does not take it: it arrived, and was refused"
	case r.Marks.Any(classify.FastRetransmission):
	case acked(c, r) == nil && c.Conv.Last.Sub(r.Time)+c.Silence() < time.Second:
		return unclear + ": the capture ends before an ACK for it could be missed"
	case lateACK(c, r):
		return unclear + ": its ACK came much later than a round trip after the repetition, so it may be that of the first copy"
	case first.Marks.Any(classify.WindowFull):
		return unclear + ": it filled the receiver's window to the last byte: whether there was room for it is not known"
	}
	return ""
}

// tooBig reports whether a router asked for smaller packets before first was repeated in smaller ones (RFC 1191, 6.3).
func tooBig(c *diagnose.Case, first, r *flow.Row) bool {
	e := c.FirstICMP(asksSmaller)
	return e != nil && e.Frame > first.Frame && e.Frame < r.Frame && r.Len < first.Len
}

// turnedDown reports whether first, with nothing else in flight, drew an ACK of what had been acknowledged before: RFC 9293,
// 3.10.7.4 answers so what arrived and is not acceptable. A window update would change the window.
func turnedDown(c *diagnose.Case, first, r *flow.Row) bool {
	ack := c.FirstAfter(first.Frame, r.Dir.Other(), nil)
	before := c.LastBefore(first.Frame, r.Dir.Other(), func(o *flow.Row) bool { return o.Flags.Any(wire.ACK) })
	if ack == nil || before == nil || ack.Frame > r.Frame || !diagnose.Pure(ack) || ack.Ack != first.Seq || before.Ack != ack.Ack ||
		ack.WinRaw != before.WinRaw || ack.OptionSet&wire.HasSACK != 0 {
		return false
	}
	other := c.LastBefore(ack.Frame, r.Dir, diagnose.Data)
	return other != nil && other.Frame == first.Frame && ack.Time.Sub(first.Time) >= c.Half(r.Dir).RTT.Min/2
}

// doubled is the frame of the ACK that reports a second copy of r, 0 when there is none. An ACK of all that was sent has no
// hole to speak of: SACK in it can only be a DSACK (RFC 2883, 4).
func doubled(c *diagnose.Case, r *flow.Row) uint32 {
	if c.Half(r.Dir.Other()).DSACKs == 0 {
		return 0
	}
	var high wire.Seq
	for i := range c.Conv.Rows {
		o := &c.Conv.Rows[i]
		switch {
		case o.Dir == r.Dir && o.Frame > r.Frame && o.Marks.Any(classify.AnyRetransmission):
			return 0 // what comes now may speak of that one
		case o.Dir == r.Dir && (i == 0 || high.Less(o.End())):
			high = o.End()
		case o.Frame < r.Frame || o.Dir == r.Dir || !o.Flags.Any(wire.ACK) || o.Ack.Less(r.End()):
		case o.OptionSet&wire.HasSACK != 0 && !o.Ack.Less(high):
			return o.Frame
		}
	}
	return 0
}

func lost(c *diagnose.Case, id string) diagnose.Verdict {
	var losses []again
	arrived, open := "", false
	for _, a := range repeated(c) {
		switch {
		case repair(c, a.row, a.first) != id:
		case a.arrived != "":
			open = open || id == "loss-rto" && strings.HasPrefix(a.arrived, unclear) && a.arrived != besideReceiver && a.row.Time.Sub(a.first.Time) >= time.Second
			arrived = "of the segment that was repeated " + diagnose.Seg(a.row.Frame) + ": " + a.arrived
		default:
			losses = append(losses, a)
		}
	}
	if len(losses) == 0 && c.Join != nil {
		return diagnose.Ruled("both ends were captured, and no segment that was repeated this way was lost")
	}
	fast := c.Half(0).FastRetransmissions + c.Half(1).FastRetransmissions
	switch {
	case len(losses) > 0:
	case open: // whatever it was, more than a second went by
		v := diagnose.Open(arrived)
		v.Severity = "note"
		return v
	case arrived != "":
		return diagnose.Ruled(arrived)
	case id == "loss-fast-retransmit" && fast > 0:
		return diagnose.Verdict{Level: diagnose.Strong, Severity: "note", Why: "fast retransmissions", Frames: []uint32{c.Conv.FirstFrame, c.Conv.LastFrame},
			Evidence: []string{diagnose.Count(fast, "fast retransmission") + " between the first and the last segment " + diagnose.Seg(c.Conv.LastFrame)}}
	case id != "loss-fast-retransmit":
		return lostBefore(c, id == "loss-tail-tlp")
	default:
		return diagnose.Ruled("no segment was repeated this way")
	}
	first := losses[0]
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "data was repeated", Frames: []uint32{first.first.Frame, first.row.Frame},
		Evidence: []string{"segment " + diagnose.Num(first.first.Frame) + " is repeated " + diagnose.Took(first.row.Time.Sub(first.first.Time)) + " later " + diagnose.Seg(first.row.Frame)}}
	if c.Lost(first.first.Frame) {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "both ends were captured: it left one and never reached the other "+diagnose.Seg(first.first.Frame))
	} else if id != "loss-fast-retransmit" && (!(c.SYN().SACKPermitted && c.SYNACK().SACKPermitted) || c.OptionsCut(first.first.Frame, first.row.Dir.Other())) {
		v.Level = diagnose.Likely // without SACK nobody would say that the first copy had arrived and its ACK was lost
	}
	if id == "loss-tail-tlp" && v.Level == diagnose.Strong && !probeDue(c, first.row, first.first) {
		v.Level = diagnose.Likely // a retransmission timer that is set generously runs as long
	}
	if n := len(losses) - 1; n > 0 {
		v.Evidence = append(v.Evidence, "so are "+diagnose.Num(n)+" more of the segments at hand "+diagnose.Seg(losses[n].row.Frame))
	}
	if id != "loss-rto" {
		v.Severity = "note"
	}
	return v
}

// lostBefore judges data that comes after a pause as long as a retransmission timer, while its sender's IP IDs show that
// packets before it never came here: beside the receiver nothing else is seen of a lost segment and its repetition. Of a sender
// with tail loss probes the first repetition is a probe.
func lostBefore(c *diagnose.Case, probe bool) diagnose.Verdict {
	probes := c.SYN().SACKPermitted && c.SYNACK().SACKPermitted
	for i := 1; i < len(c.Conv.Rows); i++ {
		before, r := &c.Conv.Rows[i-1], &c.Conv.Rows[i]
		waited := r.Time.Sub(before.Time)
		if !diagnose.Data(r) || r.Marks != 0 || waited < shortestTimer || c.Conv.Gap > 0 && i == c.Conv.GapAt {
			continue
		}
		if n, known := c.Unseen(r); known && n > 0 && n <= mostTimeouts && probe == (n == 1 && probes) {
			severity := ""
			if probe {
				severity = "note"
			}
			return diagnose.Verdict{Level: diagnose.Likely, Severity: severity, Why: "packets before it did not come here", Frames: []uint32{before.Frame, r.Frame},
				Evidence: []string{"the " + r.Dir.Sender() + "'s data comes after a pause of " + diagnose.Took(waited) + " " + diagnose.Seg(r.Frame),
					"its IP ID shows that the " + r.Dir.Sender() + " had sent " + diagnose.Count(n, "packet") + " before that never came here: this is a repetition " + diagnose.Seg(r.Frame)}}
		}
	}
	return diagnose.Ruled("no segment was repeated this way")
}

// mostTimeouts is how often a timer repeats something in a time after which a program is still there.
const mostTimeouts = 8

// SpuriousRetransmit: data that had arrived was sent again: its ACK was lost or late, or the timer too short.
//
// The receiver says so with a DSACK (RFC 2883).
var SpuriousRetransmit = &diagnose.Rule{
	ID: "spurious-retransmit", Aliases: []string{"loss-ack-direction"}, Title: "data that had already arrived was sent again",
	Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "ACKs were lost on the way back, or a delay spike (Wi-Fi, mobile) ran out the timer. Bandwidth is lost, data is not.",
	Fix:   "nstat -az TcpExtTCPDSACKRecv TcpExtTCPSpuriousRTOs TcpExtTCPDSACKUndo;  look for loss on the way back",
	Refs:  []string{"RFC 2883", "RFC 3522", "RFC 5682"}, Scenario: "spurious-retransmit", LookAlikes: []string{"loss-rto", "capture-duplicates"},
	Judge: spurious,
}

func spurious(c *diagnose.Case) diagnose.Verdict {
	if v, ok := needless(c); ok {
		return v
	}
	n := 0
	var v diagnose.Verdict
	for _, a := range repeated(c) {
		if a.arrived == "" || strings.HasPrefix(a.arrived, unclear) {
			continue
		}
		if n++; n == 1 {
			v = diagnose.Verdict{Level: diagnose.Strong, Severity: "note", Why: "repeated although it had arrived", Frames: []uint32{a.row.Frame},
				Evidence: []string{"segment " + diagnose.Num(a.first.Frame) + " is repeated " + diagnose.Seg(a.row.Frame) + ", and " + a.arrived}}
		}
	}
	all := c.Half(0).SpuriousRetransmissions + c.Half(1).SpuriousRetransmissions
	switch {
	case n == 0 && all == 0:
		return diagnose.Ruled("nothing was repeated that had arrived")
	case n == 0:
		return diagnose.Verdict{Level: diagnose.Strong, Severity: "note", Why: "repeated after its ACK", Frames: []uint32{c.Conv.LastFrame},
			Evidence: []string{diagnose.Were(all, "segment") + " sent again although they had been acknowledged " + diagnose.Seg(c.Conv.LastFrame)}}
	}
	if n > 1 {
		v.Evidence = append(v.Evidence, "so are "+diagnose.Num(n-1)+" more of the segments at hand "+diagnose.Seg(v.Frames[0]))
	}
	return v
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
				Evidence: []string{"both ends were captured: " + diagnose.Count(len(late), "segment") + " arrived after what was sent later " + diagnose.Seg(late[0])}}
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
			Evidence: []string{diagnose.Count(a.OutOfOrder+b.OutOfOrder, "segment") + " came late, none was repeated " + diagnose.Seg(frame)}}
	},
}
