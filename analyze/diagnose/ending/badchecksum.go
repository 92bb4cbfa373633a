package ending

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// BadChecksum: segments arrive with a wrong checksum, so their receiver drops them without a word.
//
// RFC 9293, 3.1 and RFC 1122, 4.2.2.7: the sum is checked, and a bad segment is silently thrown away. A sum that the sender's
// network card has yet to fill in holds the pseudo-header alone and is no damage; nor is one whose receiver took the segment.
var BadChecksum = &diagnose.Rule{
	ID: "bad-checksum", Title: "segments with a wrong checksum are dropped by their receiver",
	Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.NoAnswer, diagnose.Slow, diagnose.ResetBy}, Needs: diagnose.HostFacts,
	Cause: "A box that rewrites packets, a broken network card or its offload, or faulty memory on the way changes bytes without mending " +
		"the TCP checksum. To the sender it looks like loss.",
	Fix: "on the receiver:  nstat -az TcpInCsumErrors; ethtool -K IFACE rx off tx off  to try without offload;  capture on both sides of each " +
		"box between to find the one that changes bytes",
	Refs:       []string{"RFC 9293 3.1", "RFC 1122 4.2.2.7"},
	Kernel:     []diagnose.Reason{diagnose.Dropped("TCP_CSUM").Surely(), diagnose.Reason{Event: "tcp_bad_csum", Sure: true}},
	Scenario:   "bad-checksum",
	Implies:    []string{"syn-dropped", "loss-tail-tlp", "loss-rto", "loss-fast-retransmit", "retries2-timeout"},
	LookAlikes: []string{"checksum-offload-artifact", "loss-rto", "syn-dropped", "retries2-timeout"},
	Judge:      badChecksum,
}

func badChecksum(c *diagnose.Case) diagnose.Verdict {
	for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		s := &c.Half(d).Checksums
		unanswered := c.SYN().Seen && s.Bad > 0 && s.Bad == s.Checked && c.Half(d.Other()).Packets == 0 && d == flow.ToServer && c.Watched() >= diagnose.AnswerTime
		if s.Refused == 0 && !unanswered || s.Accepted > 0 || c.Conv.OneWay && !unanswered {
			continue
		}
		v := diagnose.Verdict{Level: diagnose.Strong, Severity: "error", Why: "wrong checksums, and no ACK for them", Frames: []uint32{s.First},
			Evidence: []string{"the checksum of " + diagnose.Num(s.Bad) + " of the " + diagnose.Count(s.Checked, "segment") + " checked of the " + d.Sender() +
				" is wrong, and is not the pseudo-header's either " + diagnose.Seg(s.First)}}
		if s.Again != 0 {
			v.Frames = append(v.Frames, s.Again)
			v.Evidence = append(v.Evidence, "its receiver does not acknowledge it, so it is sent again "+diagnose.Seg(s.Again))
		} else {
			v.Evidence = append(v.Evidence, "nothing answers it "+diagnose.Seg(c.Conv.LastFrame))
		}
		if unanswered && len(c.Conv.SYNs) > 1 && c.ConnectCall() == nil {
			v.ClientSees = "connect: ETIMEDOUT"
		}
		atReceiver := c.Conv.Vantage == d.Other().Sender()
		if n := c.GrewAt(d.Other(), "Tcp.InCsumErrors"); n > 0 {
			v.Level = diagnose.Certain
			v.Evidence = append(v.Evidence, "InCsumErrors grew by "+diagnose.Num(n)+" on the receiver's host (counters)")
		} else if atReceiver {
			v.Level = diagnose.Certain
			v.Evidence = append(v.Evidence, "the capture was made at the receiver: what it shows is what arrived")
		}
		return v
	}
	if bad := c.Half(0).Checksums.Bad + c.Half(1).Checksums.Bad; bad > 0 {
		return diagnose.Ruled("the segments with wrong checksums were acknowledged, or nothing shows what became of them")
	}
	return diagnose.Ruled("no segment that was checked has a wrong checksum")
}
