package noanswer

import (
	"strings"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/wire"
)

// SynDropped: the SYN, or whatever answers it, is thrown away silently: a firewall's DROP, a security group, a dead host.
//
// From the client's side many causes look the same: nothing comes back, and the kernel repeats the SYN by its schedule
// (RFC 9293, 3.8.3; RFC 6298). A refusal by another port of the same host proves that host and path live: then it is a filter.
var SynDropped = &diagnose.Rule{
	ID: "syn-dropped", Aliases: []string{"syn-dropped-middle", "syn-dropped-no-linear", "syn-dropped-syncnt"},
	Title:   "the SYN gets no answer: dropped by a firewall, or the host is not there",
	Symptom: diagnose.NoAnswer, Needs: diagnose.HostFacts,
	Cause: "A firewall rule DROPs the SYN, a cloud security group does not allow the port, or the address leads nowhere. " +
		"Nothing tells the client, so it repeats the SYN until its timer ends.",
	Fix: "capture at the server to halve the problem:  tcpdump -ni any 'tcp port PORT and host CLIENT';  there  nft list ruleset;  " +
		"from here  traceroute -T -p PORT HOST;  check the security group",
	Refs:     []string{"RFC 9293 3.8.3", "RFC 6298 2.1", "RFC 1122 4.2.3.5"},
	Kernel:   []diagnose.Reason{netfilter.Surely()},
	Scenario: "syn-dropped",
	LookAlikes: []string{"synack-dropped", "accept-queue-full", "syn-queue-full", "connlimit-drop", "rp-filter", "min-ttl", "md5-missing",
		"nat-hairpin-mismatch", "wrong-mac"},
	Judge: synDropped, Unseen: synUnseen,
}

var netfilter = diagnose.Dropped("NETFILTER_DROP")

func synDropped(c *diagnose.Case) diagnose.Verdict {
	if why := unanswered(c); why != "" {
		return diagnose.Ruled(why)
	}
	v := diagnose.Verdict{Level: diagnose.Possible, Why: "the client cannot tell where the SYN, or its answer, was lost: " + needServer,
		Evidence: silence(c), Frames: synFrames(c), Calls: connectCalls(c), ClientSees: giveUp(c)}
	if text := halfway(c); text != "" {
		v.Level, v.Why = diagnose.Certain, text
		v.Evidence = append(v.Evidence, "both ends were captured: "+text+" "+diagnose.Seg(c.SYN().Frame))
	}
	if rule := dropRule(c, false); rule != "" {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
		return v
	}
	if policy := closedChain(c); policy != "" {
		v.Level, v.Why = diagnose.Strong, "the firewall lets nothing through that it does not name"
		v.Evidence = append(v.Evidence, "the firewall of the server's host drops what no rule accepts, and none names port "+diagnose.Num(c.Conv.ServerPort)+":  "+policy)
		return v
	}
	if rule := answerRule(c); rule != "" {
		return diagnose.Ruled("the server's own firewall drops its answers: " + rule)
	}
	if said := replyDropped(c); said != nil {
		return diagnose.Ruled("the server answers, and a firewall throws that away (tracepoint)")
	}
	worked := c.Peer(func(p *diagnose.Peer) bool { return p.ServerPort == c.Conv.ServerPort && p.SYNACK != 0 })
	alive := alive(c)
	switch {
	case c.SaidDrop(netfilter) != nil:
		v.Title = whose(c.SaidDrop(netfilter).Hook) + " drops the SYN"
	case v.Level == diagnose.Certain:
	case worked != nil:
		v.Why = "other connections to the port are answered " + diagnose.Seg(worked.SYNACK) + ": loss, or a limit"
	case c.SYN().Options&(wire.HasMD5|wire.HasAO) != 0: // the port's own keys decide who is heard
	case alive != nil && !mute(c, alive):
		v.Level = diagnose.Likely // a listener whose queue is full looks the same, but then its host seldom refuses the ports beside it
		if alive.Refused {
			v.Level = diagnose.Strong
		}
		v.Title = "a firewall drops the SYN: other ports of the host answer"
		v.Evidence = append(v.Evidence, "port "+diagnose.Num(alive.ServerPort)+" of the same host answers "+diagnose.Seg(alive.Frame)+": path and host are alive")
		v.Frames = append(v.Frames, alive.Frame)
	}
	return v
}

// whose names the firewall that looks at packets in that hook.
func whose(hook string) string {
	switch hook {
	case "input", "output":
		return "the server's own firewall"
	case "forward":
		return "a router's firewall"
	}
	return "a firewall"
}

// alive is an attempt of the client that another port of the host answered, a refusal rather than a SYN-ACK; nil when there is none.
func alive(c *diagnose.Case) *diagnose.Peer {
	beside := func(p *diagnose.Peer) bool { return p.ServerPort != c.Conv.ServerPort && p.Client == c.Conv.Client }
	if p := c.Peer(func(p *diagnose.Peer) bool { return beside(p) && p.Refused }); p != nil {
		return p
	}
	return c.Peer(func(p *diagnose.Peer) bool { return beside(p) && p.SYNACK != 0 })
}

// mute reports whether the host stopped answering on its other ports too, after it was last known alive: that is no filter of a port.
func mute(c *diagnose.Case, alive *diagnose.Peer) bool {
	return c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort != c.Conv.ServerPort && p.SYNACK == 0 && !p.Refused && p.Client == c.Conv.Client && p.First > alive.First && p.Last.Sub(p.First) >= diagnose.AnswerTime
	}) != nil
}

// halfway says in which half of the way the SYNs are lost, "" where that is not known of the first of them.
func halfway(c *diagnose.Case) string {
	switch syn := c.SYN().Frame; {
	case c.Lost(syn):
		return "the SYN left the client and never reached the server: it is dropped between the two"
	case c.Arrived(syn):
		return "the SYN reached the server's interface, and no answer left it: the server's own host drops it"
	}
	return ""
}

// giveUp is what connect() says at the end: known when the schedule ended or the call is on record.
func giveUp(c *diagnose.Case) string {
	if call := c.ConnectCall(); call != nil && call.Errno != 0 {
		return diagnose.SeenBy(call)
	}
	if once(c) || stopped(c) {
		return "" // nobody waited for the kernel's timer
	}
	return "connect: ETIMEDOUT"
}

// dropRule is the rule of the server's firewall that drops what comes to the port, "" when none is known; limit says whether
// it is one that drops only what is beyond a number of connections.
func dropRule(c *diagnose.Case, limit bool) string {
	return firewallDrops(c, false, "dport", limit)
}

// answerRule is the rule of the server's own firewall that drops what the port answers, "" when none is known.
func answerRule(c *diagnose.Case) string {
	return firewallDrops(c, true, "sport", false)
}

// firewallDrops is a rule of the server's host that drops packets which bear its port on that side, of those for what goes out
// or of all others; "" when none is known.
func firewallDrops(c *diagnose.Case, out bool, side string, limit bool) string {
	for _, f := range c.ServerFacts() {
		for _, rule := range diagnose.FirewallOf(f) {
			from, to := c.Client(), c.Server()
			if out {
				from, to = to, from
			}
			if (rule.Hook == "output") == out && rule.Names(side, c.Conv.ServerPort) && rule.Drops() && counts(rule.Text) == limit && rule.Fit(from, to) != diagnose.NoFit {
				return rule.Text
			}
		}
	}
	return ""
}

// counts reports whether a firewall rule drops by a number of connections.
func counts(rule string) bool {
	return strings.Contains(rule, "ct count") || strings.Contains(rule, "connlimit")
}

// closedChain is the line of an input chain of the server's host that drops by default, when no rule of the host can be meant
// to accept the port; "" otherwise.
func closedChain(c *diagnose.Case) (policy string) {
	port := diagnose.Num(c.Conv.ServerPort)
	for _, f := range c.ServerFacts() {
		for _, rule := range diagnose.FirewallOf(f) {
			text := rule.Text
			switch {
			case rule.Hook != "input":
			case strings.Contains(text, "policy drop"):
				policy = text
			case !strings.Contains(text, "accept") || strings.Contains(text, "policy accept") || strings.Contains(text, `iif "lo"`) || strings.Contains(text, `iifname "lo"`):
			case strings.Contains(text, "ct state") && !strings.Contains(text, "new"), strings.Contains(text, "icmp"), strings.Contains(text, "udp"):
			case !strings.Contains(text, "dport ") || strings.ContainsAny(text, "{@-") || strings.Contains(text, "dport "+port):
				return "" // it may accept the port
			}
		}
	}
	return policy
}
