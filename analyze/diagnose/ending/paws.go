package ending

import (
	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// PAWSOldTimestamp: segments carry a timestamp older than the latest one, so their receiver throws them away as relics.
//
// RFC 7323, 5.3 (R1): drop such a segment and answer with an ACK. The ACK moves nothing on, so the sender sees duplicates.
var PAWSOldTimestamp = &diagnose.Rule{
	ID: "paws-old-timestamp", Title: "data is refused because its timestamp goes backwards",
	Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.Slow, diagnose.ResetBy}, Needs: diagnose.BothDirections,
	Cause: "Several machines send under one address (a load balancer, a NAT that hands a port on), each with a clock of its own, or a box " +
		"rewrites timestamps. The receiver takes the older ones for relics of an earlier connection.",
	Fix:     "on the receiver:  nstat -az TcpExtPAWSEstab;  let one machine own the connection, or switch timestamps off at the senders: sysctl -w net.ipv4.tcp_timestamps=0",
	Refs:    []string{"RFC 7323 5.3"},
	Kernel:  []diagnose.Reason{diagnose.Dropped("TCP_RFC7323_PAWS").Surely()},
	Implies: []string{"loss-rto", "loss-tail-tlp", "retries2-timeout"}, Scenario: "paws-old-timestamp",
	LookAlikes: []string{"loss-rto", "reordering", "retries2-timeout"},
	Judge:      pawsOldTimestamp,
}

func pawsOldTimestamp(c *diagnose.Case) diagnose.Verdict {
	var newest [2]*flow.Row
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.OptionSet&wire.HasTimestamps == 0 || r.Flags.Any(wire.RST) || r.Marks.Any(classify.DuplicateCapture) {
			continue
		}
		before := newest[r.Dir]
		if before == nil || int32(r.TSVal-before.TSVal) >= 0 {
			newest[r.Dir] = r
			continue
		}
		// What was sent before the newest stamp and arrives behind it is late, not old: its numbers lie below.
		if !diagnose.Data(r) || r.Seq.Less(before.End()) && !r.Marks.Any(classify.AnyRetransmission) || missedBetween(c, before, r) {
			continue
		}
		if isCopy(c, r) {
			continue
		}
		answer := c.FirstAfter(r.Frame, r.Dir.Other(), nil)
		if answer == nil || !diagnose.Pure(answer) || r.Seq.Less(answer.Ack) {
			continue
		}
		v := diagnose.Verdict{Level: diagnose.Certain, Severity: "error", Why: "an older timestamp, and an ACK that moves nothing on",
			Evidence: []string{"the " + r.Dir.Sender() + "'s timestamp goes back from " + diagnose.Num(before.TSVal) + " " + diagnose.Seg(before.Frame) + " to " +
				diagnose.Num(r.TSVal) + " " + diagnose.Seg(r.Frame),
				"the answer acknowledges nothing of it " + diagnose.Seg(answer.Frame)},
			Frames: []uint32{before.Frame, r.Frame, answer.Frame}}
		if n := c.GrewAt(r.Dir.Other(), "TcpExt.PAWSEstab"); n > 0 {
			v.Evidence = append(v.Evidence, "PAWSEstab grew by "+diagnose.Num(n)+" on the receiver's host (counters)")
		}
		if before.TTL != r.TTL {
			v.Evidence = append(v.Evidence, "their TTLs differ as well, "+diagnose.Num(before.TTL)+" and "+diagnose.Num(r.TTL)+": two machines sent them "+diagnose.Seg(r.Frame))
		}
		return v
	}
	return diagnose.Ruled("no data with an older timestamp was refused, as far as kept")
}

// isCopy reports whether r is a packet that was captured before: the same IP ID on the same bytes and timestamp. A capture
// of several VLANs holds such copies, long after one another.
func isCopy(c *diagnose.Case, r *flow.Row) bool {
	return r.IPID != 0 && c.LastBefore(r.Frame, r.Dir, func(o *flow.Row) bool { return o.IPID == r.IPID && o.Seq == r.Seq && o.TSVal == r.TSVal }) != nil
}

// missedBetween reports whether rows were left out between two.
func missedBetween(c *diagnose.Case, a, b *flow.Row) bool {
	if c.Conv.Gap == 0 {
		return false
	}
	at := c.Conv.Rows[c.Conv.GapAt].Frame
	return a.Frame < at && at <= b.Frame
}
