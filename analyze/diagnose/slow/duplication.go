package slow

import (
	"slices"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// Duplication: the path delivers packets twice: the receiver says so, and the sender sent each once.
//
// A receiver reports what arrived a second time in a DSACK (RFC 2883, 4). A copy that only the capture made draws none.
var Duplication = &diagnose.Rule{
	ID: "duplication", Title: "the network delivers packets twice", Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "A loop, two paths of a bond that both forward, or a mirror port that feeds back into the data path. Bandwidth is lost, and senders take it for spurious retransmission.",
	Fix:   "compare captures hop by hop for packets with one IP ID; look for loops and mirrors:  bridge -d link; nstat -az TcpExtTCPDSACKRecv TcpExtTCPDSACKOldSent",
	Refs:  []string{"RFC 2883 4", "RFC 6864 4.3"}, Scenario: "duplication", Implies: []string{"spurious-retransmit"}, LookAlikes: []string{"capture-duplicates", "spurious-retransmit"},
	Judge: duplicated,
}

func duplicated(c *diagnose.Case) diagnose.Verdict {
	if k := c.Ends(); k != nil {
		if twice := slices.Concat(k.Way[flow.ToServer].Copied, k.Way[flow.ToClient].Copied); len(twice) > 0 {
			return diagnose.Verdict{Level: diagnose.Certain, Severity: "warning", Why: "both ends were captured", Frames: twice[:1],
				Evidence: []string{"both ends were captured: " + diagnose.Count(len(twice), "packet") + " left once and arrived more than once " + diagnose.Seg(twice[0])}}
		}
		return diagnose.Ruled("both ends were captured, and no packet arrived more often than it was sent")
	}
	for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		told := c.Half(d.Other()).DSACKs
		sent := c.Half(d)
		if sent.PayloadBytes <= 2 { // a probe of one byte that was captured without what came before it
			continue
		}
		if told == 0 || sent.PayloadBytes == 0 || sent.MissingBytes > 0 || sent.KeepAlives+sent.ZeroWindowProbes > 0 { // probes repeat a byte on purpose
			continue
		}
		v := diagnose.Verdict{Severity: "warning", Frames: []uint32{sent.FirstData, c.Half(d.Other()).LastFrame},
			Evidence: []string{"the " + d.Other().Sender() + " reports " + diagnose.Times(told) + " that data arrived twice (DSACK) " + diagnose.Seg(c.Half(d.Other()).LastFrame)}}
		twin, copied := copies(c, d)
		switch {
		case c.Conv.Duplicates > 0 && twin != 0:
			v.Level, v.Why = diagnose.Strong, "the same packets twice, and the receiver got them twice"
			v.Frames = append(v.Frames, twin)
			v.Evidence = append(v.Evidence, "of the "+d.Sender()+" "+diagnose.Were(copied, "packet")+" captured twice with the same IP ID: a sender gives a repetition another one "+diagnose.Seg(twin))
		case sent.Retransmissions == 0 && told > 1:
			v.Level, v.Why = diagnose.Likely, "the receiver got twice what was sent once"
			v.Evidence = append(v.Evidence, "the "+d.Sender()+" sent each segment once, as far as captured "+diagnose.Seg(sent.LastData))
		default:
			return diagnose.Ruled("segments were repeated by their sender: what arrived twice may be those")
		}
		return v
	}
	return diagnose.Ruled("no receiver reports that something arrived twice (DSACK)")
}

// copies counts the data packets of d that stand twice in the capture with one IP ID, as far as rows were kept, and gives
// the frame of the first copy.
func copies(c *diagnose.Case, d flow.Dir) (frame uint32, n int) {
	type packet struct {
		seq  wire.Seq
		ipid uint16
		ttl  uint8 // one hop further on it is the same packet, captured there as well
	}
	sent := map[packet]bool{}
	for i := range c.Conv.Rows {
		if r := &c.Conv.Rows[i]; r.Dir == d && diagnose.Data(r) && r.IPID != 0 {
			sent[packet{r.Seq, r.IPID, r.TTL}] = true
		}
	}
	for i := range c.Copies {
		if r := &c.Copies[i]; r.Dir == d && sent[packet{r.Seq, r.IPID, r.TTL}] {
			if n++; frame == 0 {
				frame = r.Frame
			}
		}
	}
	return frame, n
}
