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

// UnreachableHost, UnreachableNet and UnreachableProtocol are answers that routers give without any rule; here rules give them.
var (
	UnreachableHost = rejected("reject-icmp-host-unreachable", "host-unreachable", "reject-icmp-host-unreachable", "EHOSTUNREACH",
		"The server's firewall answers with ICMP host unreachable", saysUnreachable)
	UnreachableNet = rejected("reject-icmp-net-unreachable", "net-unreachable", "reject-icmp-net-unreachable", "ENETUNREACH",
		"The server's firewall answers with ICMP network unreachable", saysUnreachable)
	UnreachableProtocol = rejected("reject-icmp-prot-unreachable", "prot-unreachable", "reject-icmp-prot-unreachable", "ENOPROTOOPT",
		"The server's firewall answers with ICMP protocol unreachable", saysUnreachable)
)

const saysUnreachable = "Who sends the ICMP error tells more than its code: here it is the server itself, which a packet did reach."

const saysNoRoute = "\"No route to host\" is often no route at all but a rule: the code of the ICMP error says which, and its source says who."

// The answers of IPv6, which Linux maps to other errnos than those of IPv4.
var (
	Reject6Port    = rejected6("port-unreachable", "ECONNREFUSED")
	Reject6Admin   = rejected6("admin-prohibited", "EACCES")
	Reject6NoRoute = rejected6("no-route", "ENETUNREACH")
	Reject6Addr    = rejected6("addr-unreachable", "EHOSTUNREACH")
	Reject6Policy  = rejected6("policy-fail", "EACCES")
	Reject6Route   = rejected6("reject-route", "EACCES")
)

func rejected6(code, errno string) *Scenario {
	s := rejected("reject-icmp6-"+code, code, "reject-icmp6-"+code, errno, "The server's firewall answers over IPv6 with ICMPv6 "+code,
		"ICMPv6 has its own codes, and Linux its own errnos for them: what is EHOSTUNREACH over IPv4 can be EACCES here.")
	s.Stage = guarded("reject with icmpv6 " + code)
	s.Stage.IPv6 = true
	return s
}

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
