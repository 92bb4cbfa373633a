package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/capture/hostfacts"
)

// OtherNetNSListener: the server listens inside another network namespace of the host, as in a container.
//
// Each namespace has socket tables of its own (network_namespaces(7)); the SYN was looked up in one where nothing listens.
var OtherNetNSListener = &diagnose.Rule{
	ID: "other-netns-listener", Title: "the server listens in another network namespace (a container)",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause:      "The process listens inside its own network namespace, and its port is not published on the address the client used.",
	Fix:        "publish the port (docker run -p PORT:PORT), or connect to the namespace's address; find it with  lsns -t net",
	Refs:       []string{"RFC 9293 3.10.7.1", "network_namespaces(7)"},
	Scenario:   "other-netns-listener",
	LookAlikes: []string{"closed-port", "bound-loopback-only", "reject-reset-host"},
	Judge:      otherNetNS,
}

func otherNetNS(c *diagnose.Case) diagnose.Verdict {
	s := c.Sockets()
	switch rst, _ := refusal(c); {
	case s.OtherNetNS != nil || !s.Known:
	case s.Foreign != nil && rst != nil:
		return diagnose.Open(diagnose.Owner(s.Foreign) + " listens on the port in another network namespace; whether it was meant, " +
			"the capture cannot say")
	case !s.NetNS:
		return diagnose.Unjudged("the socket tables of other network namespaces were not read")
	}
	return elsewhere(c, func(s *diagnose.Sockets) *hostfacts.Socket {
		if s.Loopback != nil || s.OtherAddress != nil || s.OtherFamily != nil || s.OtherDevice != nil {
			return nil // the listener in the host's own namespace is the nearer explanation
		}
		return s.OtherNetNS
	}, "on this address, in another network namespace")
}
