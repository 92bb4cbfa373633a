package reset

import (
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// FinThenRST: an end closed its sending side, more data arrived, and then it closed for good with that data unread.
//
// The RST follows its own FIN (RFC 2525, 2.17); its peer, which had read the end of file, gets EPIPE.
var FinThenRST = &diagnose.Rule{
	ID: "fin-then-rst", Title: "an end that had sent its FIN gave up the rest with a RST",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
	Cause:      "After shutdown(SHUT_WR) or a FIN more data came in, and close() found it unread; or the program lost patience.",
	Fix:        "drain: recv() until 0 between shutdown(SHUT_WR) and close()",
	Refs:       []string{"RFC 2525 2.17", "RFC 9293 3.6.1"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "TCP_ABORT_ON_CLOSE"), diagnose.SentReset("", "TCP_STATE"), diagnose.SentReset("", "TCP_ABORT_ON_LINGER")},
	Scenario:   "fin-then-rst",
	LookAlikes: []string{"close-while-peer-sends", "linger2-negative", "write-after-peer-close"},
	Judge:      finThenRST,
}

func finThenRST(c *diagnose.Case) diagnose.Verdict {
	rst := opened(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(noReset)
	case c.Half(rst.Dir).FIN == 0 || c.Half(rst.Dir).FIN > rst.Frame:
		return diagnose.Ruled("its sender had sent no FIN")
	case c.Shape() != diagnose.Quit:
		return diagnose.Ruled(notQuit)
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "FIN, then the same end's own RST",
		Evidence: []string{"the " + rst.Dir.Sender() + " closes with a FIN " + diagnose.Seg(c.Half(rst.Dir).FIN),
			"and then sends RST,ACK in sequence with its real window " + diagnose.Seg(rst.Frame)},
		Frames: []uint32{c.Half(rst.Dir).FIN, rst.Frame}}
	if c.Half(rst.Dir).FINAcked == 0 && c.Half(rst.Dir.Other()).LastData < c.Half(rst.Dir).FIN {
		return diagnose.Ruled("nothing was heard of the " + rst.Dir.Other().Sender() + " after the FIN: its sender gave up waiting")
	}
	more := c.LastBefore(rst.Frame, rst.Dir.Other(), func(r *flow.Row) bool { return diagnose.Data(r) && r.Frame > c.Half(rst.Dir).FIN })
	if more != nil {
		v.Frames = append(v.Frames, more.Frame)
		v.Evidence = append(v.Evidence, "in between the "+more.Dir.Sender()+" had sent "+diagnose.Count(more.Len, "byte")+" "+diagnose.Seg(more.Frame))
	}
	return told(v, c, rst)
}

// Linger2Negative: TCP_LINGER2 below 0 skips FIN-WAIT-2: the ACK of the FIN is answered with a RST.
var Linger2Negative = &diagnose.Rule{
	ID: "linger2-negative", Title: "the ACK of the FIN was answered with a RST: the end does not wait in FIN-WAIT-2",
	Symptom: diagnose.ResetBy, Needs: diagnose.ClientCalls | diagnose.ServerCalls,
	Cause:      "TCP_LINGER2 with a negative value, or net.ipv4.tcp_fin_timeout of 0, drops the socket as soon as its FIN is acknowledged. A load balancer may do so, too.",
	Fix:        "search the program for TCP_LINGER2; sysctl net.ipv4.tcp_fin_timeout",
	Refs:       []string{"RFC 9293 3.6", "tcp(7) TCP_LINGER2"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "TCP_ABORT_ON_LINGER").Surely(), diagnose.SentReset("", "TCP_ABORT_ON_DATA"), diagnose.SentReset("", "NO_SOCKET"), diagnose.SentReset("TCP_LISTEN", "")},
	Scenario:   "linger2-negative",
	LookAlikes: []string{"write-after-peer-close", "close-while-peer-sends", "timewait-overflow"},
	Judge:      linger2Negative,
}

func linger2Negative(c *diagnose.Case) diagnose.Verdict {
	if rst := opened(c); rst != nil && c.Half(rst.Dir.Other()).FIN != 0 && c.Half(rst.Dir.Other()).FIN < c.Half(rst.Dir).FIN {
		return diagnose.Ruled("the " + rst.Dir.Sender() + " closed second: it never was in FIN-WAIT-2")
	}
	v := answersClosing(c, false)
	if rst := opened(c); v.Level == diagnose.Strong && rst.IPID != 0 { // Linux gives its kernel's own RSTs the IP ID 0
		v.Level = diagnose.Likely
		v.Evidence = append(v.Evidence, "the RST has an IP ID of its own, "+diagnose.Num(rst.IPID)+": a load balancer that forgets a connection at its FIN looks the same "+diagnose.Seg(rst.Frame))
	}
	return v
}

// TimewaitOverflow: the peer's FIN was answered with a RST, because there was no room for another TIME-WAIT.
//
// RFC 9293, 3.6.1 wants TIME-WAIT; Linux keeps at most net.ipv4.tcp_max_tw_buckets of them.
var TimewaitOverflow = &diagnose.Rule{
	ID: "timewait-overflow", Title: "the second FIN was answered with a RST: no room for another TIME-WAIT",
	Symptom: diagnose.ResetBy, Needs: diagnose.HostFacts,
	Cause:      "The host has net.ipv4.tcp_max_tw_buckets connections in TIME-WAIT already, so a closing connection is forgotten at once.",
	Fix:        "nstat -az TcpExtTCPTimeWaitOverflow; sysctl net.ipv4.tcp_max_tw_buckets;  keep connections alive instead of opening so many",
	Refs:       []string{"RFC 9293 3.6.1", "ip-sysctl tcp_max_tw_buckets"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_LISTEN", "TCP_FLAGS"), diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "timewait-overflow",
	LookAlikes: []string{"linger2-negative", "fin-wait-2-timeout", "write-after-peer-close"},
	Judge:      timewaitOverflow,
}

func timewaitOverflow(c *diagnose.Case) diagnose.Verdict {
	if waited := finWait2(c); waited >= finWait2Least && c.Grew("TcpExt.TCPTimeWaitOverflow") == 0 {
		return diagnose.Ruled("the other end's FIN came " + diagnose.Took(waited) + " after the first: its sender may have stopped waiting")
	}
	return answersClosing(c, true)
}

// FinWait2Timeout: an end closed and stopped waiting for the other's FIN, which then met nobody.
//
// RFC 9293, 3.6 knows no such timer; RFC 1122, 4.2.2.13 allows it. Linux waits 60 s where no program holds the socket.
var FinWait2Timeout = &diagnose.Rule{
	ID: "fin-wait-2-timeout", Title: "the second FIN came after the first end had stopped waiting for it, and was answered with a RST",
	Symptom: diagnose.ResetBy, Needs: diagnose.HostFacts,
	Cause:      "A closed socket waits in FIN-WAIT-2 for net.ipv4.tcp_fin_timeout, 60 s on Linux and less on many load balancers. The other program closed later.",
	Fix:        "nothing is lost; close sooner after recv() returns 0:  ss -tanp state close-wait;  sysctl net.ipv4.tcp_fin_timeout",
	Refs:       []string{"RFC 1122 4.2.2.13", "ip-sysctl tcp_fin_timeout"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_LISTEN", "TCP_FLAGS"), diagnose.SentReset("", "NO_SOCKET")},
	Implies:    []string{"close-wait-leak"},
	Scenario:   "fin-wait-2-timeout",
	LookAlikes: []string{"timewait-overflow", "linger2-negative"},
	Judge:      finWait2Timeout,
}

// finWait2Least is the shortest timer that anybody sets for FIN-WAIT-2, and finWait2Usual that of Linux, less what clocks
// and timers differ by.
const (
	finWait2Least = time.Second
	finWait2Usual = 55 * time.Second
)

func finWait2Timeout(c *diagnose.Case) diagnose.Verdict {
	waited := finWait2(c)
	if waited < finWait2Least {
		return diagnose.Ruled("no FIN was waited for that long")
	}
	v := answersClosing(c, true)
	if v.Level == diagnose.No {
		return v
	}
	v.Level, v.Severity = diagnose.Likely, "note"
	if waited >= finWait2Usual {
		v.Level = diagnose.Strong
	}
	v.Why = "the FIN came " + diagnose.Took(waited) + " late"
	v.Evidence = append(v.Evidence, "between the two FINs "+diagnose.Took(waited)+" pass")
	return v
}

// finWait2 is how long the sender of the RST had waited for the other end's FIN when it came; 0 when it did not close first.
func finWait2(c *diagnose.Case) time.Duration {
	rst := opened(c)
	if rst == nil {
		return 0
	}
	mine, theirs := c.Half(rst.Dir), c.Half(rst.Dir.Other())
	if mine.FIN == 0 || mine.FINAcked == 0 || theirs.FIN < mine.FINAcked {
		return 0
	}
	return theirs.FINTime.Sub(mine.FINTime)
}

// busyKernel is more than a kernel takes to answer a segment, on a busy machine too.
const busyKernel = 500 * time.Millisecond

// answersClosing judges a RST that answers the other end's FIN, or its bare ACK of the FIN.
func answersClosing(c *diagnose.Case, toFIN bool) diagnose.Verdict {
	rst, to, why := reply(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(why)
	case to.Len == 0 && to.Flags.Any(wire.FIN) == toFIN && finMissed(c, rst) != nil:
		return unseenFIN(c, rst, to)
	case !closedBefore(c, rst, to):
		return diagnose.Ruled("no FIN of the " + rst.Dir.Sender() + " came before")
	case to.Len > 0:
		return diagnose.Ruled("the RST answers data")
	case to.Flags.Any(wire.FIN) != toFIN:
		return diagnose.Ruled("the RST answers " + finWords(!toFIN))
	case to.Ack != c.Half(rst.Dir).NextSeq:
		return diagnose.Ruled("the segment that the RST answers does not acknowledge the FIN")
	case c.Half(to.Dir).Acked.Less(to.Seq):
		return diagnose.Ruled("what the " + to.Dir.Sender() + " had sent before was never acknowledged: the closing was not in order")
	case !toFIN && to.Frame != c.Half(rst.Dir).FINAcked || toFIN && to.Frame != c.Half(to.Dir).FIN:
		return diagnose.Ruled("the closing was over: the segment that the RST answers is not the first to say so")
	case rst.Time.Sub(to.Time) > 2*c.Conv.Handshake.RTT+busyKernel:
		return diagnose.Ruled("the RST came only " + diagnose.Took(rst.Time.Sub(to.Time)) + " after " + finWords(toFIN) + ": a kernel answers at once")
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "a RST answers " + finWords(toFIN), Severity: "warning",
		Evidence: []string{"the " + rst.Dir.Sender() + " had closed with a FIN " + diagnose.Seg(c.Half(rst.Dir).FIN),
			finWords(toFIN) + " comes from the " + to.Dir.Sender() + " " + diagnose.Seg(to.Frame), replyEvidence(rst, to)},
		Frames: []uint32{c.Half(rst.Dir).FIN, to.Frame, rst.Frame}}
	if !c.Half(flow.ToServer).SYN.Seen {
		v.Level = diagnose.Likely
		v.Evidence = append(v.Evidence, "what happened before the capture began may be why: sockets can be destroyed from outside (ss -K, a phone that changes networks)")
	}
	if c.Grew("TcpExt.TCPTimeWaitOverflow") > 0 && toFIN {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "TCPTimeWaitOverflow grew on the host (counters)")
	}
	return v
}

// unseenFIN judges a RST that answers the ACK of a FIN which the capture lacks, or the FIN that comes with or after that ACK.
func unseenFIN(c *diagnose.Case, rst *flow.Reset, to *flow.Row) diagnose.Verdict {
	ack, fin := finMissed(c, rst), to.Flags.Any(wire.FIN)
	if rst.Time.Sub(to.Time) > 2*c.Conv.Handshake.RTT+busyKernel || !fin && to.Frame != ack.Frame {
		return diagnose.Ruled("the RST does not come at once after " + finWords(fin))
	}
	return diagnose.Verdict{Level: diagnose.Likely, Why: "a RST answers " + finWords(fin), Severity: "warning", Frames: []uint32{ack.Frame, to.Frame, rst.Frame},
		Evidence: []string{missedText(rst, ack), finWords(fin) + " comes from the " + to.Dir.Sender() + " " + diagnose.Seg(to.Frame), replyEvidence(rst, to)}}
}

func finWords(fin bool) string {
	if fin {
		return "the other end's FIN"
	}
	return "the bare ACK of the FIN"
}
