package refused

import "tcplab/analyze/diagnose"

// DnatDeadBackend: the address forwards the port to another host, and there nothing listens.
//
// The RST is made by the backend, one hop behind the published address, so it has one hop less left than what the address
// sends itself. The form is that of RFC 9293, 3.10.7.1.
var DnatDeadBackend = &diagnose.Rule{
	ID: "dnat-dead-backend", Title: "the address forwards the port to a host where nothing listens",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause:      "A port forwarding (DNAT, load balancer, container port) leads to a backend whose port is closed.",
	Fix:        "test the backend from the forwarding host, and look at the rule: on HOST run  nft list table nat; conntrack -L -d HOST",
	Refs:       []string{"RFC 9293 3.10.7.1"},
	Scenario:   "dnat-dead-backend",
	LookAlikes: []string{"closed-port", "reject-reset-router"},
	Judge:      dnatDeadBackend,
}

func dnatDeadBackend(c *diagnose.Case) diagnose.Verdict {
	v := fromElsewhere(c, func(nearer int) string {
		if nearer >= 0 || -nearer > fewHops {
			return "the RST does not come from behind the host"
		}
		return ""
	})
	if v.Level > diagnose.No {
		v.Why = "the RST comes from behind the address"
	}
	return v
}

// fewHops is how far behind the published address a backend may be.
const fewHops = 8
