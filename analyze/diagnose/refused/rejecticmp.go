package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// rejectICMP makes the rule of one ICMP error that firewalls and routers send for a SYN they do not want (RFC 1812,
// 5.2.7.1; RFC 4443, 3.1). Linux ends the attempt at the first one, with the errno of its table icmp_err_convert.
func rejectICMP(id string, v6 bool, kind, code uint8, title, cause string) *diagnose.Rule {
	return &diagnose.Rule{
		ID: id, Title: title, Symptom: diagnose.Refused, Needs: diagnose.BothDirections, Cause: cause,
		Fix: "ask who runs the box that sent the ICMP error; on it run  nft list ruleset; iptables -S FORWARD; " +
			"from here  traceroute -T -p PORT HOST",
		Refs:     []string{"RFC 1812 5.2.7.1", "RFC 4443 3.1", "RFC 9293 3.9.2.2", "RFC 5927"},
		Scenario: id, LookAlikes: []string{"closed-port", "router-no-route", "host-down-remote", "ttl-expired"},
		Judge: func(c *diagnose.Case) diagnose.Verdict { return judgeICMP(c, v6, kind, code) },
	}
}

// icmpRules has one rule for each code that firewalls send.
var icmpRules = []*diagnose.Rule{
	rejectICMP("reject-icmp-port-unreachable", false, 3, 3, "the SYN was rejected with ICMP port unreachable",
		"A firewall's REJECT rule (its default answer), or a service proxy without a backend, answered with ICMP instead of a RST."),
	rejectICMP("reject-icmp-host-unreachable", false, 3, 1, "the SYN was rejected with ICMP host unreachable",
		"A box said at once that the host cannot be reached: a REJECT rule, or a router that already knows the host does not answer."),
	rejectICMP("reject-icmp-net-unreachable", false, 3, 0, "the SYN was rejected with ICMP network unreachable",
		"A REJECT rule says that the network cannot be reached."),
	rejectICMP("reject-icmp-prot-unreachable", false, 3, 2, "the SYN was rejected with ICMP protocol unreachable",
		"A REJECT rule says that the host does not speak TCP."),
	rejectICMP("reject-icmp-admin-prohibited", false, 3, 13, "a policy on the way prohibits the connection (ICMP administratively prohibited)",
		"A firewall says openly that its policy forbids the connection. It is no outage, although Linux reports \"No route to host\"."),
	rejectICMP("reject-icmp-host-prohibited", false, 3, 10, "a policy on the way prohibits the host (ICMP host prohibited)",
		"A firewall says openly that its policy forbids the host. It is no outage, although Linux reports \"No route to host\"."),
	rejectICMP("reject-icmp-net-prohibited", false, 3, 9, "a policy on the way prohibits the network (ICMP network prohibited)",
		"A firewall says openly that its policy forbids the network."),
	rejectICMP("reject-icmp6-port-unreachable", true, 1, 4, "the SYN was rejected with ICMPv6 port unreachable",
		"A firewall's REJECT rule, or a service proxy without a backend, answered with ICMPv6 instead of a RST."),
	rejectICMP("reject-icmp6-admin-prohibited", true, 1, 1, "a policy on the way prohibits the connection (ICMPv6 administratively prohibited)",
		"A firewall says openly that its policy forbids the connection; Linux reports \"Permission denied\"."),
	rejectICMP("reject-icmp6-no-route", true, 1, 0, "the SYN was rejected with ICMPv6 no route", "A REJECT rule says that there is no route."),
	rejectICMP("reject-icmp6-addr-unreachable", true, 1, 3, "the SYN was rejected with ICMPv6 address unreachable",
		"A box said at once that the address cannot be reached: a REJECT rule, or a router that already knows the host does not answer."),
	rejectICMP("reject-icmp6-policy-fail", true, 1, 5, "the source address failed a policy on the way (ICMPv6)",
		"A firewall or router refuses the client's source address."),
	rejectICMP("reject-icmp6-reject-route", true, 1, 6, "a reject route on the way leads nowhere (ICMPv6)",
		"A router has an explicit reject route to the destination."),
}

func judgeICMP(c *diagnose.Case, v6 bool, kind, code uint8) diagnose.Verdict {
	e := c.FirstICMP(func(e *wire.ICMP) bool { return c.FromClient(e) && diagnose.ErrnoOf(e) != "" })
	switch {
	case e == nil:
		return diagnose.Ruled("no ICMP error quotes the SYN")
	case e.V6 != v6 || e.Type != kind || e.Code != code:
		return diagnose.Ruled("the ICMP error is " + diagnose.ICMPText(e) + " " + diagnose.Frame(e.Frame))
	case c.SYNACK().Seen:
		return diagnose.Ruled("a SYN-ACK answered as well " + diagnose.Seg(c.Conv.Handshake.SYNACK))
	case c.SYN().Seen && c.FirstAfter(c.SYN().Frame, flow.ToServer, func(r *flow.Row) bool { return r.Frame < e.Frame && diagnose.Pure(r) }) != nil:
		return diagnose.Ruled("the client had gone on as if it had been answered")
	case c.SYN().Seen && e.QuotedTCP >= 8 && e.Seq != c.SYN().ISN:
		return diagnose.Ruled("the ICMP error quotes another sequence number than the SYN's: not to be believed " + diagnose.Frame(e.Frame))
	case diagnose.LateUnreachable(c, e):
		return diagnose.Ruled("the router looked for the host for 3 s before it said so " + diagnose.Frame(e.Frame))
	}
	level, quoted := diagnose.Quotes(e, diagnose.Certain)
	v := diagnose.Verdict{Level: level, Why: "an ICMP error quotes the SYN",
		Evidence: []string{who(c, e) + " answers the SYN with " + diagnose.ICMPText(e) + " and quotes " + quoted + " " + diagnose.Frame(e.Frame)},
		Frames:   []uint32{c.Conv.FirstFrame, e.Frame}, Calls: connectCalls(c)}
	if e.From != c.Conv.Server && (code == 0 && kind == 3 || v6 && code == 0) {
		// A router without a route says the same; a firewall that lies so is rare.
		v.Level, v.Why = diagnose.Possible, "a router without a route says the same; its routing table would decide"
		v.Reason = "cannot be told apart: " + v.Why
	}
	if n := len(c.Conv.SYNs); n > 1 && e.Time.Sub(c.Conv.First) < lockWindow {
		v.Evidence = append(v.Evidence, "the SYN was repeated after "+diagnose.Took(c.SYNTimes()[1])+
			" all the same: the first ICMP error came back so fast that connect() still held the socket, and Linux dropped it "+
			diagnose.Seg(c.Conv.SYNs[1].Frame))
	}
	return v
}

// lockWindow is within what time an ICMP error meets the socket locked by connect() (counter LockDroppedIcmps).
const lockWindow = 1_000_000

// who names the sender of an ICMP error.
func who(c *diagnose.Case, e *wire.ICMP) string {
	switch e.From {
	case c.Conv.Server:
		return "the host itself, " + e.From.String() + ","
	case c.Conv.Client:
		return "the client's own host"
	}
	return "the box " + e.From.String()
}
