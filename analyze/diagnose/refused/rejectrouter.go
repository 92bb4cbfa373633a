package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// RejectResetRouter: a router or firewall before the server forges the RST of a closed port.
//
// The box starts with the TTL any host starts with, so fewer hops are counted down on its RST than on what the host itself
// sends. RFC 3360 says why boxes should not do that. A proxy that rewrites TTLs hides it.
var RejectResetRouter = &diagnose.Rule{
	ID: "reject-reset-router", Aliases: []string{"reject-reset-router-v6"},
	Title:   "a box on the way to the server rejects the connection with a RST",
	Symptom: diagnose.Refused, Needs: diagnose.BothDirections,
	Cause:      "A firewall in front of the server answers in its name; the SYN never reached the server.",
	Fix:        "ask who runs the hop where this ends:  traceroute -T -p PORT HOST  and compare with an open port",
	Refs:       []string{"RFC 3360", "RFC 9293 3.5.2"},
	Scenario:   "reject-reset-router",
	Kernel:     []diagnose.Reason{diagnose.Dropped("NETFILTER_DROP")},
	LookAlikes: []string{"closed-port", "reject-reset-host", "dnat-dead-backend", "syn-rst-ack-spoofed"},
	Judge:      rejectResetRouter, Unseen: onTheWayUnseen,
}

func rejectResetRouter(c *diagnose.Case) diagnose.Verdict {
	if rst := c.Refusal(); rst != nil && c.Made(rst.Frame) {
		v := diagnose.Verdict{Level: diagnose.Certain, Why: "the server did not send the RST", Frames: frames(c, rst), Calls: connectCalls(c),
			Evidence: append(wireEvidence(c, rst), "both ends were captured: the server's shows no such RST leaving "+diagnose.Seg(rst.Frame))}
		if syn := c.SYN().Frame; c.Lost(syn) {
			v.Evidence = append(v.Evidence, "nor did the SYN reach the server "+diagnose.Seg(syn))
		}
		return v
	}
	if rst := c.Refusal(); rst != nil && firewalledOnTheWay(c) {
		return diagnose.Verdict{Level: diagnose.Strong, Why: "a router's firewall took the SYN", Frames: frames(c, rst), Calls: connectCalls(c),
			Evidence: wireEvidence(c, rst)}
	}
	v := fromElsewhere(c, func(nearer int) string {
		switch {
		case nearer <= 0:
			return "the RST did not come from nearer than the host"
		case nearer > mostHops:
			return "the TTLs differ by more than hops"
		}
		return ""
	})
	if v.Level > diagnose.No {
		v.Level, v.Why = diagnose.Strong, "the RST comes from nearer than the host"
	}
	return v
}

// firewalledOnTheWay reports whether a kernel says that a firewall took the SYN among what it sends on.
func firewalledOnTheWay(c *diagnose.Case) bool {
	said := c.SaidDrop(diagnose.Dropped("NETFILTER_DROP"))
	return said != nil && said.Hook == "forward" && c.SaidReset(flow.ToClient) == nil
}

// mostHops is the largest distance between two machines that is believed; a larger difference is that of two systems.
const mostHops = 30

// fromElsewhere judges a refusal by its distance, compared with a SYN-ACK of the same host: wrong says why it does not
// fit, "" when it does, of a RST that was made so many hops nearer.
func fromElsewhere(c *diagnose.Case, wrong func(nearer int) string) diagnose.Verdict {
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	own := genuine(c)
	if own == nil {
		return needsDistance
	}
	nearer := int(rst.TTL) - int(own.ServerTTL)
	if why := wrong(nearer); why != "" {
		return diagnose.Ruled(why + ": TTL " + diagnose.Num(rst.TTL) + ", the host's SYN-ACK " + diagnose.Num(own.ServerTTL) + " " + diagnose.Seg(own.SYNACK))
	}
	where := diagnose.Count(nearer, "hop") + " nearer"
	if nearer < 0 {
		where = diagnose.Count(-nearer, "hop") + " farther away"
	}
	return diagnose.Verdict{
		Level: diagnose.Likely,
		Evidence: append(wireEvidence(c, rst), "the RST arrives with TTL "+diagnose.Num(rst.TTL)+", the host's own SYN-ACK with "+
			diagnose.Num(own.ServerTTL)+" "+diagnose.Seg(own.SYNACK)+": made "+where),
		Frames: append(frames(c, rst), own.SYNACK), Calls: connectCalls(c),
	}
}

// madeElsewhere says why a refusal is not the host's own, "" when it may be: it was made some hops before or behind it.
func madeElsewhere(c *diagnose.Case, rst *flow.Reset) string {
	own := genuine(c)
	if own == nil || rst.TTL == own.ServerTTL || int(rst.TTL)-int(own.ServerTTL) > mostHops || int(own.ServerTTL)-int(rst.TTL) > fewHops {
		return ""
	}
	return "the RST was not made by the host: it arrives with TTL " + diagnose.Num(rst.TTL) + ", its SYN-ACK with " + diagnose.Num(own.ServerTTL) + " " + diagnose.Seg(own.SYNACK)
}

// genuine is a connection that the same host accepted: its SYN-ACK shows how far away the host is.
func genuine(c *diagnose.Case) *diagnose.Peer {
	return c.Peer(func(p *diagnose.Peer) bool { return p.SYNACK != 0 && p.ServerTTL != 0 && p.Client == c.Conv.Client })
}
