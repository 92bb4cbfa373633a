package refused

import (
	"strings"

	"tcplab/analyze/diagnose"
)

// Connlimit: the first connections of a client work, and while they last the next one is refused.
//
// A rule with a connection limit (nft "ct count over N reject", iptables connlimit) builds the RST of a closed port
// (RFC 9293, 3.5.2); connections that are open at the same time prove that the port is not closed.
var Connlimit = &diagnose.Rule{
	ID: "connlimit", Title: "a connection limit refuses further connections of this client",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause:      "A firewall counts the connections of each client and rejects those beyond the limit; the ones already open go on.",
	Fix:        "on HOST look for the limit:  nft list ruleset | grep -i 'ct count'; iptables -S | grep connlimit;  reuse connections on the client",
	Refs:       []string{"RFC 9293 3.5.2", "nft(8) ct count"},
	Scenario:   "connlimit",
	Implies:    []string{"reject-reset-host"},
	LookAlikes: []string{"closed-port", "startup-race", "reject-reset-host"},
	Judge:      connlimit,
}

func connlimit(c *diagnose.Case) diagnose.Verdict {
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	open := c.Peer(func(p *diagnose.Peer) bool {
		return p.ServerPort == c.Conv.ServerPort && p.Client == c.Conv.Client && p.Opened &&
			p.First < c.Conv.First && p.Last > rst.Time && (p.Reset == 0 || p.ResetTime > rst.Time)
	})
	if open == nil {
		return diagnose.Ruled("no other connection of this client to the port was open at the time")
	}
	v := diagnose.Verdict{
		Level: diagnose.Likely, Why: "another connection of the same client to the port was open",
		Evidence: append(wireEvidence(c, rst), "another connection of this client to the same port was open before and after "+diagnose.Seg(open.Frame)),
		Frames:   append(frames(c, rst), open.Frame), Calls: connectCalls(c),
	}
	for _, f := range c.ServerFacts() {
		for _, rule := range f.Firewall {
			if strings.Contains(rule, "ct count") || strings.Contains(rule, "connlimit") {
				v.Level = diagnose.Certain
				v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
				return v
			}
		}
	}
	return v
}
