package refused

import (
	"strings"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// RejectResetHost: a firewall rule on the server's own host answers the SYN with a RST.
//
// nftables "reject with tcp reset" and iptables' REJECT --reject-with tcp-reset build the answer of a closed port bit for
// bit (net/ipv4/netfilter/nf_reject_ipv4.c; RFC 9293, 3.5.2), so the wire can never tell. A listener that was there all
// the time, or the rule itself, does.
var RejectResetHost = &diagnose.Rule{
	ID: "reject-reset-host", Aliases: []string{"reject-reset-host-nft", "reject-reset-host-iptables"},
	Title:   "a firewall on the server's host rejects the connection with a RST",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause: "A firewall rule with \"reject with tcp reset\" matches the SYN. The server may listen all the same.",
	Fix: "look for the rule: on HOST run  nft list ruleset | grep -n reject; iptables -S | grep REJECT  and allow port PORT; " +
		"then try again from the host itself: nc -vz HOST PORT",
	Refs:       []string{"RFC 9293 3.5.2", "RFC 3360"},
	Scenario:   "reject-reset-host",
	Kernel:     []diagnose.Reason{diagnose.Dropped("NETFILTER_DROP").Surely()},
	LookAlikes: []string{"closed-port", "startup-race", "connlimit", "reject-reset-router"},
	Judge:      rejectResetHost, Unseen: rejectUnseen,
}

func rejectResetHost(c *diagnose.Case) diagnose.Verdict {
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	if own := genuine(c); own != nil && rst.TTL > own.ServerTTL {
		return diagnose.Ruled("the RST comes from nearer than the host: TTL " + diagnose.Num(rst.TTL) + ", the host's SYN-ACK " +
			diagnose.Num(own.ServerTTL) + " " + diagnose.Seg(own.SYNACK))
	}
	s, rule := c.Sockets(), resetRule(c)
	own := genuine(c)
	switch {
	case own != nil && own.ServerTTL != rst.TTL:
		return diagnose.Ruled("the RST was not made by the host: it arrives with TTL " + diagnose.Num(rst.TTL) + ", its SYN-ACK with " + diagnose.Num(own.ServerTTL) + " " + diagnose.Seg(own.SYNACK))
	case rule == "" && s.Known && s.Here == nil:
		return diagnose.Ruled("nothing listens on the port, which is enough for this RST")
	case !s.Known && rule == "" && c.SaidDrop(diagnose.Dropped("NETFILTER_DROP")) == nil:
		return needsRules
	case c.SaidReset(flow.ToClient) != nil:
		return diagnose.Ruled("the RST is the kernel's own, with its reason: a firewall's has none (tracepoint tcp_send_reset)")
	case firewalledOnTheWay(c):
		return diagnose.Ruled("the RST was made by a router, not by the host (tracepoint)")
	case s.Late:
		return diagnose.Ruled("the listener came only after the attempt (socket tables)")
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "a listener was there, yet the SYN was refused",
		Evidence: wireEvidence(c, rst), Frames: frames(c, rst), Calls: connectCalls(c)}
	if s.Here != nil {
		v.Evidence = append(v.Evidence, diagnose.Owner(s.Here)+" listens on the port (socket table "+s.When+" the attempt), yet its kernel did not answer")
	}
	if rule != "" {
		v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
	}
	switch {
	case rule != "" && s.Here != nil:
		v.Level = diagnose.Certain
	case rule != "" || !s.Both:
		v.Level = diagnose.Likely
	}
	return v
}

// resetRule is the firewall rule of the server's host that resets this port, "" when none is known.
func resetRule(c *diagnose.Case) string {
	port := diagnose.Num(c.Server().Port())
	for _, f := range c.ServerFacts() {
		for _, rule := range f.Firewall {
			if !strings.Contains(rule, "tcp reset") && !strings.Contains(rule, "tcp-reset") || strings.Contains(rule, "ct count") ||
				strings.Contains(rule, "connlimit") {
				continue
			}
			if namesPort(rule, port) {
				return rule
			}
		}
	}
	return ""
}

// namesPort reports whether port stands in rule as a number of its own.
func namesPort(rule, port string) bool {
	for at := 0; ; {
		i := strings.Index(rule[at:], port)
		if i < 0 {
			return false
		}
		before, after := at+i-1, at+i+len(port)
		if (before < 0 || !digit(rule[before])) && (after >= len(rule) || !digit(rule[after])) {
			return true
		}
		at = after
	}
}

func digit(b byte) bool { return '0' <= b && b <= '9' }
