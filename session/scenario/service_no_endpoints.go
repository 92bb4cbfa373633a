package scenario

import (
	"fmt"
	"time"

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

// ServiceNoEndpointsLocal has a client on the node itself, as a pod is: the answer comes back within the system call.
var ServiceNoEndpointsLocal = &Scenario{
	Name:  "service-no-endpoints-local",
	Title: "The same, asked from a pod on the node: the refusal takes a second",
	Teaches: "The node's answer comes back while connect still holds the socket, and Linux drops it (LockDroppedIcmps). Only the answer to the second SYN, a second " +
		"later, ends connect: a refusal after exactly a second was made on the client's own machine.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "service-no-endpoints",
	Defaults: refusedDefaults,
	Stage:    &Stage{Topology: lab.Direct, Arrange: ServiceNoEndpoints.Stage.Arrange},
	Actors:   alone,
	Expect: func(Params) []Claim {
		late := Claim{Text: "the client's connect takes a second", Call: &Call{Actor: "client", Op: "connect", Errno: "ECONNREFUSED", AtLeast: 900 * time.Millisecond}}
		return append(unreached("ECONNREFUSED"), late, finds("service-no-endpoints"))
	},
}
