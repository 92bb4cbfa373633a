package reset

import (
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// NATIdleRebind: a NAT forgot the idle connection and gave its next segment another port, which the server does not know.
//
// RFC 5382, REQ-5 asks a NAT to remember an idle connection for 2 h 4 min; the server's kernel answers the stranger by
// RFC 9293, 3.10.7.1 or 3.10.7.2, and its own connection stays open.
var NATIdleRebind = &diagnose.Rule{
	ID: "nat-idle-rebind", Title: "a NAT on the way gave the idle connection another port: the server no longer knows it",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause: "The NAT's timer for idle connections ran out, and the next segment of the client got a new mapping. The server still waits on the old one.",
	Fix: "send keep-alives more often than the NAT's timer:  sysctl -w net.ipv4.tcp_keepalive_time=120  and SO_KEEPALIVE in the program; " +
		"on the NAT  conntrack -L -d HOST; sysctl net.netfilter.nf_conntrack_tcp_timeout_established",
	Refs:       []string{"RFC 5382 REQ-5", "RFC 9293 3.10.7.2"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_LISTEN", "TCP_FLAGS"), diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "nat-idle-rebind",
	Implies:    []string{"half-open-server-rebooted", "connection-tampering", "odd-flag-probes"},
	LookAlikes: []string{"half-open-server-rebooted", "idle-timeout-reset"},
	Judge:      natIdleRebind,
}

func natIdleRebind(c *diagnose.Case) diagnose.Verdict {
	rst, to, why := reply(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(why)
	case rst.Dir != flow.ToClient || to.Len == 0:
		return diagnose.Ruled("the RST is not a server's answer to data")
	case c.SYN().Seen || c.SYNACK().Seen:
		return atClient(c, rst, to)
	}
	old := c.Peer(func(p *diagnose.Peer) bool {
		behind := p.Next[flow.ToClient].Sub(to.AckRaw) // 1 when the server closed the old one later
		return p.ServerPort == c.Conv.ServerPort && p.ClientPort != c.Conv.ClientPort && p.Opened && (p.Reset == 0 || p.Reset > rst.Frame) &&
			p.Next[flow.ToServer] == to.SeqRaw && behind >= 0 && behind <= 1
	})
	if old == nil {
		return diagnose.Ruled("no other connection to the port has these sequence numbers")
	}
	return diagnose.Verdict{Level: diagnose.Certain, Why: "the numbers of another connection", Frames: []uint32{old.Frame, to.Frame, rst.Frame},
		Evidence: []string{"the segment goes on with just the numbers of the connection from port " + diagnose.Num(old.ClientPort) + " " + diagnose.Seg(old.Frame) +
			", but comes from port " + diagnose.Num(c.Conv.ClientPort) + " " + diagnose.Seg(to.Frame),
			replyEvidence(rst, to)}}
}

// atClient: before the NAT nothing shows which port it uses behind it.
func atClient(c *diagnose.Case, rst *flow.Reset, to *flow.Row) diagnose.Verdict {
	switch {
	case closedBefore(c, rst, to):
		return diagnose.Ruled(finFirst)
	case idleBefore(c, to) < time.Second:
		return diagnose.Ruled("the connection was not idle before")
	case !routed(c, rst):
		return diagnose.Ruled("no router lies between, as its TTL of " + diagnose.Num(rst.TTL) + " shows")
	}
	return diagnose.Open("a NAT that forgot the connection looks the same from here; a capture at the server would show another port")
}

// routed reports whether the sender of a RST is at least one router away: its TTL is none that systems begin with.
func routed(c *diagnose.Case, rst *flow.Reset) bool {
	return rst.TTL != 64 && rst.TTL != 128 && rst.TTL != 255 && c.Conv.Vantage != "server"
}
