package slow

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// ECNMarked: routers marked packets instead of dropping them, and the sender slowed down: congestion without loss.
//
// The receiver echoes a CE mark with ECE in every ACK until the sender answers CWR (RFC 3168, 6.1.2 and 6.1.3).
var ECNMarked = &diagnose.Rule{
	ID: "ecn-marked", Title: "the path reports congestion by marks (ECN): the sender slows down without loss", Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "A queue on the path is full enough to mark packets (fq_codel, RED, a data centre's switch). The sender halves its window, nothing is lost.",
	Fix:   "nothing is broken: the path's rate is reached;  nstat -az TcpExtTCPDeliveredCE IpExtInCEPkts; tc -s qdisc (marks)",
	Refs:  []string{"RFC 3168 6.1.2", "RFC 3168 6.1.3", "RFC 8311"}, Scenario: "ecn-marked", LookAlikes: []string{"ecn-blackhole", "loss-fast-retransmit"},
	Judge: ecnMarked,
}

func ecnMarked(c *diagnose.Case) diagnose.Verdict {
	syn, synack := c.SYN(), c.SYNACK()
	agreed := syn.Flags.Has(wire.ECE|wire.CWR) && synack.Flags.Any(wire.ECE)
	if syn.Seen && synack.Seen && !agreed {
		return diagnose.Ruled("the two ends did not agree on ECN")
	}
	for _, d := range [...]flow.Dir{flow.ToClient, flow.ToServer} {
		h := c.Half(d)
		if h.ECEs == 0 || c.Half(d.Other()).PayloadBytes == 0 {
			continue
		}
		v := diagnose.Verdict{Level: diagnose.Certain, Severity: "note", Why: "the receiver echoes congestion marks", Frames: []uint32{h.FirstECE},
			Evidence: []string{"the " + d.Sender() + " reports a congestion mark with ECE in " + diagnose.Count(h.ECEs, "segment") + ", first " + diagnose.Seg(h.FirstECE)}}
		if slows := c.FirstAfter(h.FirstECE, d.Other(), func(r *flow.Row) bool { return r.Flags.Any(wire.CWR) && !r.Flags.Any(wire.SYN) }); slows != nil {
			v.Frames = append(v.Frames, slows.Frame)
			v.Evidence = append(v.Evidence, "the "+d.Other().Sender()+" answers that it has slowed down (CWR) "+diagnose.Seg(slows.Frame))
		}
		if !agreed { // the handshake was not captured
			if len(v.Frames) == 1 {
				continue
			}
			v.Level = diagnose.Likely
		}
		return v
	}
	return diagnose.Ruled("no segment reports a congestion mark (ECE)")
}
