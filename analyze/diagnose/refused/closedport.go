package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// ClosedPort: the port has no listening socket, so the kernel refuses the SYN itself.
//
// A closed port answers a SYN with <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> (RFC 9293, 3.10.7.1). The RFC calls the
// result "connection reset"; Linux reports ECONNREFUSED in SYN-SENT.
var ClosedPort = &diagnose.Rule{
	ID: "closed-port", Aliases: []string{"closed-port-v6", "closed-port-loopback"},
	Title:   "nothing listens on the port",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause: "No process has a listening TCP socket for this address and port, so the kernel itself answers the SYN with a RST. " +
		"The program that should serve there is not running, has not reached listen() yet, or listens elsewhere.",
	Fix:      "start the server, or find the port it listens on: on HOST run  ss -ltnp 'sport = :PORT'",
	Refs:     []string{"RFC 9293 3.10.7.1", "RFC 9293 3.5.2"},
	Kernel:   []diagnose.Reason{diagnose.SentReset("", "NO_SOCKET")},
	Scenario: "closed-port",
	LookAlikes: []string{"wrong-port", "bound-loopback-only", "bound-other-address", "v4-only-listener", "v6only-listener",
		"bound-to-device", "other-netns-listener", "startup-race", "reject-reset-host", "reject-reset-router",
		"dnat-dead-backend", "connlimit", "syn-rst-ack-spoofed", "reject-icmp-port-unreachable"},
	Judge: closedPort, Unseen: closedPortUnseen,
}

func closedPort(c *diagnose.Case) diagnose.Verdict {
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	s := c.Sockets()
	switch {
	case c.SaidDrop(diagnose.Dropped("NETFILTER_DROP")) != nil && c.SaidReset(flow.ToClient) == nil:
		return diagnose.Ruled("the SYN never reached the sockets: the kernel says that netfilter took it, and of no RST of its own (tracepoints)")
	case !s.Known && madeElsewhere(c, rst) != "":
		return diagnose.Ruled(madeElsewhere(c, rst))
	case !s.Known:
		return diagnose.Verdict{
			Level: diagnose.Likely, Why: "the answer of a port without a listener",
			Evidence: wireEvidence(c, rst), Frames: frames(c, rst), Calls: connectCalls(c),
		}
	case genuine(c) != nil && genuine(c).ServerTTL != rst.TTL:
		return diagnose.Ruled("the RST was not made by the host whose sockets are known: it arrives with TTL " + diagnose.Num(rst.TTL) + ", the host's SYN-ACK with " +
			diagnose.Num(genuine(c).ServerTTL) + " " + diagnose.Seg(genuine(c).SYNACK))
	case s.Here != nil:
		return diagnose.Ruled(diagnose.Owner(s.Here) + " listens on the port (socket table " + s.When + " the attempt)")
	case c.Listening() != nil:
		return diagnose.Ruled("the server had called listen() on the port " + "(call " + diagnose.Num(c.Listening().Number) + ")" + " and not closed it")
	case listens(c) != nil:
		return diagnose.Ruled("the server of this run listens on another port (call " + diagnose.Num(listens(c).Number) + ")")
	case s.Elsewhere():
		return diagnose.Ruled("the port has a listener, but not where the client knocked (socket table)")
	}
	return diagnose.Verdict{
		Level: diagnose.Certain, Why: "no socket listens on the port",
		Evidence: append(wireEvidence(c, rst), "no socket listens on port "+diagnose.Num(c.Conv.ServerPort)+
			" in IPv4 or IPv6 (socket table "+s.When+" the attempt)"+leftover(s)),
		Frames: frames(c, rst), Calls: connectCalls(c),
	}
}

// leftover names what has the port without listening.
func leftover(s *diagnose.Sockets) string {
	switch {
	case s.BoundOnly != nil:
		return "; " + diagnose.Owner(s.BoundOnly) + " is bound to it but never called listen()"
	case s.UDP != nil:
		return "; only the UDP socket " + diagnose.Owner(s.UDP) + " has it"
	}
	return ""
}
