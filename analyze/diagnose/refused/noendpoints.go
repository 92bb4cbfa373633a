package refused

import (
	"strings"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/wire"
)

// ServiceNoEndpoints: the address is a Kubernetes service that no ready pod stands behind: the node rejects the SYN.
//
// kube-proxy installs a REJECT rule for such a service. Its ICMP port unreachable (RFC 792) comes at once from a remote node; on
// the client's own node Linux drops the error while connect() holds the socket, and a second SYN a second later ends it.
var ServiceNoEndpoints = &diagnose.Rule{
	ID: "service-no-endpoints", Title: "the service has no ready endpoint: its node rejects connections",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause: "The service exists, its selector matches no pod, or no pod is ready (crash loop, failing readiness probe, wrong labels). " +
		"kube-proxy answers in its place.",
	Fix:        "kubectl get endpointslices -A | grep HOST; kubectl describe service NAME;  on the node  nft list ruleset | grep -i endpoint; iptables-save | grep 'has no endpoints'",
	Refs:       []string{"RFC 792", "RFC 1122 3.2.2.1", "Kubernetes: virtual IPs and service proxies"},
	Scenario:   "service-no-endpoints",
	LookAlikes: []string{"reject-icmp-port-unreachable", "reject-icmp6-port-unreachable", "closed-port", "dnat-dead-backend"},
	Judge:      serviceNoEndpoints,
}

func serviceNoEndpoints(c *diagnose.Case) diagnose.Verdict {
	e := c.FirstICMP(func(e *wire.ICMP) bool { return c.FromClient(e) && diagnose.ErrnoOf(e) == "ECONNREFUSED" })
	rst := c.Refusal()
	if e == nil && rst == nil {
		return diagnose.Ruled("neither a port unreachable nor a RST answered the SYN")
	}
	rule := endpointRule(c)
	v := diagnose.Verdict{Why: "the node's own rule says so", Frames: []uint32{c.Conv.FirstFrame}, Calls: connectCalls(c)}
	switch {
	case e != nil:
		v.Frames = append(v.Frames, e.Frame)
		v.Evidence = []string{who(c, e) + " answers the SYN with " + diagnose.ICMPText(e) + " " + diagnose.Frame(e.Frame)}
		if n := len(c.Conv.SYNs); n > 1 {
			v.Evidence = append(v.Evidence, "only the answer to the SYN repeated after "+diagnose.Took(c.SYNTimes()[1])+
				" counted: the rule is on the client's own node "+diagnose.Seg(c.Conv.SYNs[1].Frame))
		}
	default:
		v.Frames = append(v.Frames, rst.Frame)
		v.Evidence = wireEvidence(c, rst)
	}
	switch {
	case rule != "":
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
	case e != nil && e.From != c.Conv.Server && c.Conv.Server.Netip().IsPrivate() && e.Time.Sub(c.Conv.First) < 2*time.Second:
		return diagnose.Open("a node without a ready endpoint for a service rejects so; its endpoint slices would decide")
	default:
		return diagnose.Ruled("no rule for a service without endpoints is known")
	}
	return v
}

// endpointRule is a rule that kube-proxy made for a service without endpoints, "" when none is known for this port.
func endpointRule(c *diagnose.Case) string {
	port := diagnose.Num(c.Conv.ServerPort)
	for i := range c.Facts {
		for _, rule := range c.Facts[i].Firewall {
			text := strings.ToLower(rule)
			if (strings.Contains(text, "no endpoints") || strings.Contains(text, "no-endpoint")) && namesPort(rule, port) {
				return rule
			}
		}
	}
	return ""
}
