package reset

import (
	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
)

// TimeWaitAssassination: a RST reached the end that had closed first when both had closed: it can end TIME-WAIT too early.
//
// RFC 1337 describes how an old duplicate brings it about: TIME-WAIT answers it with an ACK (RFC 9293, 3.10.7.4), and the peer,
// which knows the connection no more, with a RST. Linux obeys one that is in sequence unless net.ipv4.tcp_rfc1337 is set.
var TimeWaitAssassination = &diagnose.Rule{
	ID: "time-wait-assassination", Title: "a RST came when both ends had closed: it can end TIME-WAIT too early",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
	Cause: "An old duplicate, a forged RST or a hasty program reset what was closed already. Without TIME-WAIT nothing keeps late segments out of " +
		"the next connection of these ports.",
	Fix:        "no program is told of it; where it matters:  sysctl -w net.ipv4.tcp_rfc1337=1  lets TIME-WAIT ignore RSTs",
	Refs:       []string{"RFC 1337 2", "RFC 9293 3.6.1", "ip-sysctl tcp_rfc1337"},
	Scenario:   "time-wait-assassination",
	LookAlikes: []string{"timewait-overflow", "linger2-negative", "injected-rst-onpath"},
	Judge:      timeWaitAssassination,
}

func timeWaitAssassination(c *diagnose.Case) diagnose.Verdict {
	rst := opened(c)
	if rst == nil {
		return diagnose.Ruled(noReset)
	}
	own, holder := c.Half(rst.Dir), c.Half(rst.Dir.Other())
	switch {
	case !c.Over(rst):
		return diagnose.Ruled("not both ends had closed, and been acknowledged, when it came")
	case holder.FINAcked > own.FIN:
		return diagnose.Ruled("the end that it is for had not closed first: it holds no TIME-WAIT")
	case rst.Seq != rst.ExpectedSeq:
		return diagnose.Ruled("it is not in sequence: TIME-WAIT does not obey it")
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Severity: "note", Why: "a RST in sequence for an end in TIME-WAIT", Frames: []uint32{holder.FIN, own.FIN, own.FINAcked, rst.Frame},
		Evidence: []string{"the " + rst.Dir.Other().Sender() + " closes first " + diagnose.Seg(holder.FIN) + ", then the " + rst.Dir.Sender() + " " + diagnose.Seg(own.FIN) +
			", which is acknowledged " + diagnose.Seg(own.FINAcked),
			"a RST in sequence comes after that, in the name of the " + rst.Dir.Sender() + " " + diagnose.Seg(rst.Frame)}}
	if low, high, known := c.TTLRange(rst.Dir); known && (int(rst.TTL) < int(low)-2 || int(rst.TTL) > int(high)+2) {
		v.Severity = "warning"
		v.Evidence = append(v.Evidence, "it arrives with TTL "+diagnose.Num(rst.TTL)+", the "+rst.Dir.Sender()+"'s own segments with "+ttls(low, high)+
			": a box on the path made it "+diagnose.Seg(rst.Frame))
	}
	if to := trigger(c, rst); to != nil && to.Frame > own.FINAcked && !to.Marks.Any(classify.DuplicateCapture) {
		v.Level = diagnose.Likely // no more than what comes of the late segment
		what := "what the " + to.Dir.Sender() + " sent after that "
		if diagnose.Pure(to) {
			what = "an ACK that TIME-WAIT had sent for something late, as RFC 1337 describes "
		}
		v.Evidence = append(v.Evidence, "it answers "+what+diagnose.Seg(to.Frame))
	}
	return v
}
