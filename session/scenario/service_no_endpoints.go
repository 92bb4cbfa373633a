package scenario

import (
	"fmt"

	"tcplab/session/lab"
)

// ServiceNoEndpoints has a node that refuses for a service without pods, as kube-proxy lets it.
var ServiceNoEndpoints = &Scenario{
	Name:  "service-no-endpoints",
	Title: "A service exists and no pod stands behind it: the node rejects the SYN",
	Teaches: "kube-proxy answers for a service without ready endpoints with ICMP port unreachable. To a client that is an " +
		"ordinary refusal; only the node's rules, or the endpoints of the service, tell why.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "service-no-endpoints",
	Defaults: refusedDefaults,
	Stage: &Stage{Topology: lab.Direct, Cable: []string{"delay both 2ms"}, Arrange: func(p Params) []Arrangement {
		return []Arrangement{firewall("server", fmt.Sprintf(`input tcp dport %d reject with icmp port-unreachable comment "shop/web:http has no endpoints"`, p.Port))}
	}},
	Actors: alone,
	Expect: func(Params) []Claim { return append(unreached("ECONNREFUSED"), finds("service-no-endpoints")) },
}
