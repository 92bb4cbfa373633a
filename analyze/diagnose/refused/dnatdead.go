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
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	own := genuine(c)
	switch {
	case own == nil:
		return needsDistance
	case rst.TTL >= own.ServerTTL || own.ServerTTL-rst.TTL > 8:
		return diagnose.Ruled("the RST does not come from behind the host: TTL " + diagnose.Num(rst.TTL) + ", the host's SYN-ACK " +
			diagnose.Num(own.ServerTTL) + " " + diagnose.Seg(own.SYNACK))
	}
	return diagnose.Verdict{
		Level: diagnose.Likely, Why: "the RST comes from behind the address",
		Evidence: append(wireEvidence(c, rst), "the RST arrives with TTL "+diagnose.Num(rst.TTL)+", the address's own SYN-ACK with "+
			diagnose.Num(own.ServerTTL)+" "+diagnose.Seg(own.SYNACK)+": it was made farther away"),
		Frames: append(frames(c, rst), own.SYNACK), Calls: connectCalls(c),
	}
}
