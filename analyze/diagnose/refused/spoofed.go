package refused

import (
	"syscall"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// SynRstAckSpoofed: a RST answered the SYN, and then the real SYN-ACK came: one of the two was forged.
//
// A host gives one answer to a SYN (RFC 9293, 3.10.7.1 and 3.10.7.2). Linux answers the late SYN-ACK with a RST, because the
// socket is gone.
var SynRstAckSpoofed = &diagnose.Rule{
	ID: "syn-rst-ack-spoofed", Title: "a forged RST refused the connection before the server's own answer came",
	Symptom: diagnose.Refused, Also: []diagnose.Symptom{diagnose.ResetBy}, Needs: diagnose.BothDirections,
	Cause:      "A box between client and server answered the SYN with a RST in the server's name; the server's SYN-ACK followed.",
	Fix:        "capture at the server too: it never sent this RST; find the hop with  traceroute -T -p PORT HOST  and ask who runs it",
	Refs:       []string{"RFC 9293 3.10.7.1", "RFC 3360"},
	Scenario:   "syn-rst-ack-spoofed",
	LookAlikes: []string{"closed-port", "duplicate-ip", "startup-race", "reject-reset-router"},
	Judge:      synRstAckSpoofed,
}

func synRstAckSpoofed(c *diagnose.Case) diagnose.Verdict {
	rst := c.Refusal()
	if rst == nil {
		return refusedBeyond(c)
	}
	synack := c.FirstAfter(rst.Frame, flow.ToClient, func(r *flow.Row) bool { return r.Flags.Has(wire.SYN | wire.ACK) })
	switch {
	case synack == nil || synack.AckRaw != rst.AckRaw:
		return diagnose.Ruled("no SYN-ACK to the same SYN followed the RST")
	case len(c.Conv.SYNs) > 1 && c.Conv.SYNs[len(c.Conv.SYNs)-1].Frame < synack.Frame && c.Conv.SYNs[1].Frame > rst.Frame:
		return diagnose.Ruled("the SYN was sent again before the SYN-ACK: the port may have opened in between")
	case rst.MAC != synack.MAC && c.TwoOwners() != nil:
		return diagnose.Ruled("two hosts claim the address: each answered for itself")
	}
	return diagnose.Verdict{
		Level: diagnose.Certain, Why: "RST and SYN-ACK both answer the same SYN",
		Evidence: []string{
			"a RST acknowledges the SYN " + diagnose.Seg(rst.Frame),
			diagnose.Took(synack.Time.Sub(rst.Time)) + " later a SYN-ACK acknowledges the same SYN " + diagnose.Seg(synack.Frame) +
				": no kernel sends both",
			"TTL and IP ID of the RST: " + diagnose.Num(rst.TTL) + " and " + diagnose.Num(rst.IPID) + ", of the SYN-ACK: " +
				diagnose.Num(synack.TTL) + " and " + diagnose.Num(synack.IPID),
		},
		Frames: []uint32{c.Conv.FirstFrame, rst.Frame, synack.Frame}, Calls: connectCalls(c),
		ClientSees: "connect: ECONNREFUSED",
	}
}

// refusedBeyond: the RST was made between the capture and the client, so that only connect() tells of it.
func refusedBeyond(c *diagnose.Case) diagnose.Verdict {
	call := c.ConnectCall()
	if call == nil || call.Errno != syscall.ECONNREFUSED || !c.SYNACK().Seen || c.At == "" || c.At == "client" || len(c.Conv.ICMP) > 0 {
		return diagnose.Ruled(noRefusal)
	}
	return diagnose.Verdict{
		Level: diagnose.Strong, Why: "connect() was refused, and the server had agreed",
		Title: "a box on the way refused the connection, which the server would have taken",
		Evidence: []string{"the server answers the SYN with SYN,ACK " + diagnose.Seg(c.Conv.Handshake.SYNACK),
			diagnose.SeenBy(call) + " (call " + diagnose.Num(call.Number) + "), and no RST or ICMP error to the client passed here, at the " + c.At +
				": a box between the two made it"},
		Frames: []uint32{c.Conv.FirstFrame, c.Conv.Handshake.SYNACK}, Calls: connectCalls(c),
		ClientSees: "connect: ECONNREFUSED",
	}
}
