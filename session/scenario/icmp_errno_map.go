package scenario

import (
	"fmt"

	"tcplab/session"
	"tcplab/session/lab"
)

// answersByPort are the ICMP errors that a box on the path gives, a port each, and what Linux makes of them (icmp_err_convert).
var answersByPort = []struct{ icmp, errno string }{
	{"net-unreachable", "ENETUNREACH"}, {"host-unreachable", "EHOSTUNREACH"}, {"protocol-unreachable", "ENOPROTOOPT"}, {"port-unreachable", "ECONNREFUSED"},
	{"source-route-failed", "EOPNOTSUPP"}, {"net-unknown", "ENETUNREACH"}, {"host-unknown", "EHOSTDOWN"}, {"host-isolated", "ENONET"},
	{"net-prohibited", "ENETUNREACH"}, {"host-prohibited", "EHOSTUNREACH"}, {"net-tos", "ENETUNREACH"}, {"host-tos", "EHOSTUNREACH"},
	{"admin-prohibited", "EHOSTUNREACH"}, {"precedence-violation", "EHOSTUNREACH"}, {"precedence-cutoff", "EHOSTUNREACH"}, {"ttl-exceeded", "EHOSTUNREACH"},
	{"parameter-problem", "EPROTO"},
}

// ICMPErrnoMap asks one port after the other, each answered by another ICMP error.
var ICMPErrnoMap = &Scenario{
	Name:  "icmp-errno-map",
	Title: "Every ICMP error that can answer a SYN, and the errno that connect makes of it",
	Teaches: "Seventeen answers, nine errnos: \"No route to host\" is as often a rule as a route, and a refusal need not be a RST. The ICMP type and code say more than " +
		"the error of connect.",
	Topic:    Refused,
	Seeds:    []string{"000"},
	Cause:    "reject-icmp-host-unreachable",
	Defaults: refusedDefaults,
	Ports: func(Params) (all []uint16) {
		for i := range answersByPort {
			all = append(all, firstAnswered+uint16(i))
		}
		return all
	},
	Stage: &Stage{Topology: lab.Direct, Cable: answerRules()},
	Actors: func(p Params) []session.Script {
		var tries []session.Step
		for i := range answersByPort {
			at := p
			at.Port = firstAnswered + uint16(i)
			tries = append(tries, session.Socket("sock", at.Server()), session.Connect("sock", at.Server()).Unchecked(), session.Close("sock"))
		}
		return []session.Script{actor("client", tries)}
	},
	Expect: func(Params) []Claim {
		claims := []Claim{ends("client", 0), finds("reject-icmp-host-unreachable")}
		for _, errno := range []string{"ENETUNREACH", "EHOSTUNREACH", "ENOPROTOOPT", "ECONNREFUSED", "EOPNOTSUPP", "EHOSTDOWN", "ENONET", "EPROTO"} {
			claims = append(claims, fails("client", "connect", errno))
		}
		return claims
	},
}

// firstAnswered is the first of the ports that the cable's rules name, whatever --port says.
const firstAnswered = 8080

func answerRules() (rules []string) {
	for i, a := range answersByPort {
		rules = append(rules, fmt.Sprintf("icmp %s c2s syn port %d", a.icmp, firstAnswered+i))
	}
	return rules
}
