package scenario

import "tcplab/session"

// RejectPort has a firewall that answers with ICMP.
var RejectPort = rejected("refused-reject-icmp", "port-unreachable", "reject-icmp-port-unreachable", "ECONNREFUSED",
	"The server's firewall answers with ICMP port unreachable",
	"ECONNREFUSED need not be a RST. Where the answer comes back within the system call, as here, Linux drops it: connect fails "+
		"only with the second SYN, a second later.")

// RejectAdmin, RejectHost and RejectNet are the other answers that say a rule forbids it.
var (
	RejectAdmin = rejected("reject-icmp-admin-prohibited", "admin-prohibited", "reject-icmp-admin-prohibited", "EHOSTUNREACH",
		"The server's firewall answers with ICMP administratively prohibited", saysNoRoute)
	RejectHost = rejected("reject-icmp-host-prohibited", "host-prohibited", "reject-icmp-host-prohibited", "EHOSTUNREACH",
		"The server's firewall answers with ICMP host prohibited", saysNoRoute)
	RejectNet = rejected("reject-icmp-net-prohibited", "net-prohibited", "reject-icmp-net-prohibited", "ENETUNREACH",
		"The server's firewall answers with ICMP network prohibited", saysNoRoute)
)

const saysNoRoute = "\"No route to host\" is often no route at all but a rule: the code of the ICMP error says which, and its source says who."

// rejected is a server whose firewall answers each SYN with an ICMP error.
func rejected(name, code, cause, errno, title, teaches string) *Scenario {
	return &Scenario{
		Name: name, Title: title, Teaches: teaches, Topic: Refused, Seeds: []string{"000"}, Cause: cause,
		Defaults: refusedDefaults, Stage: guarded("reject with icmp " + code),
		Actors: func(p Params) []session.Script {
			return []session.Script{actor("server", listen(p), idle()), tries(p.Server())}
		},
		Expect: func(Params) []Claim {
			return []Claim{fails("client", "connect", errno), ends("client", 1), ends("server", 0), finds(cause)}
		},
	}
}
