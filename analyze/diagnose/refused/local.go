package refused

import (
	"net/netip"
	"strings"
	"syscall"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/capture/calls"
)

// instant is how long a call takes at most that is decided without waiting for anybody.
const instant = 100 * time.Millisecond

// LocalRouteErrors: the client's own routing table refuses the destination: no packet ever left.
//
// Linux: no route ENETUNREACH, "unreachable" route EHOSTUNREACH, "prohibit" EACCES, "blackhole" EINVAL; broadcast and class E
// addresses ENETUNREACH, because TCP is for one destination (RFC 1122, 4.2.3.10).
var LocalRouteErrors = &diagnose.Rule{
	ID: "local-route-errors", Title: "this host has no way to the address: no packet was sent",
	Symptom: diagnose.Refused, Local: true, Needs: diagnose.ClientCalls,
	Cause: "There is no route, the route forbids the destination, the interface is down, or the address is no host's (255.255.255.255 is " +
		"what inet_addr() returns for text that is no address).",
	Fix:  "ask the kernel:  ip route get HOST",
	Refs: []string{"RFC 1122 3.3.1", "RFC 1122 4.2.3.10"}, Scenario: "local-route-errors",
	LookAlikes: []string{"local-policy", "output-reject-local", "host-down-onlink"},
	Judge:      localRoute, Unseen: localRouteUnseen,
}

var routeErrors = map[syscall.Errno]string{
	syscall.ENETUNREACH: "there is no route to it, or it is no address of a host", syscall.EHOSTUNREACH: "the route says unreachable",
	syscall.EACCES: "the route says prohibit", syscall.EINVAL: "the route is a blackhole, or source and destination do not fit",
	syscall.ENETDOWN: "the interface is down",
}

func localRoute(c *diagnose.Case) diagnose.Verdict {
	words, ok := routeErrors[c.Call.Errno]
	switch {
	case c.Call.Op != "connect" || !ok:
		return diagnose.Ruled("connect() did not fail with a routing error")
	case c.Call.Duration() > instant:
		return diagnose.Ruled("the error came only after " + diagnose.Took(c.Call.Duration()))
	}
	v := diagnose.Verdict{Level: diagnose.Certain, Why: words, Calls: []uint32{c.Call.Number},
		Evidence: []string{diagnose.CallTook(c.Call) + ", and no packet was sent: " + words}}
	if only := ipv6Only(c); only != nil {
		v.Why, v.Calls = "the socket is for IPv6 alone", append(v.Calls, only.Number)
		v.Title = "the socket is for IPv6 alone (IPV6_V6ONLY), and the address stands for one of IPv4: no packet was sent"
		v.Evidence = []string{diagnose.CallText(c.Call) + ", and no packet was sent: the address is of IPv4 in the form of IPv6",
			"the program keeps the socket to IPv6: setsockopt(" + only.Args + ") (call " + diagnose.Num(only.Number) + ")"}
		v.Fix = "connect by a socket of IPv4, or set IPV6_V6ONLY to 0 before;  sysctl net.ipv6.bindv6only"
		return v
	}
	if route := routeError(c); route != "" {
		v.Evidence = append(v.Evidence, "the kernel's route lookup says "+route)
	} else if c.Call.Errno == syscall.EACCES {
		v.Level = diagnose.Likely // a security policy gives the same error
	}
	return v
}

// ipv6Only is the call that keeps the socket of a failed connect() to IPv6, when the address asked for stands for one of IPv4
// (RFC 4291, 2.5.5.2; RFC 3493, 5.3); nil otherwise.
func ipv6Only(c *diagnose.Case) *calls.Call {
	to, err := netip.ParseAddrPort(c.Call.Remote)
	if err != nil || !to.Addr().Is4In6() {
		return nil
	}
	for i := range c.Calls {
		call := &c.Calls[i]
		if call.PID == c.Call.PID && call.FD == c.Call.FD && call.Number < c.Call.Number && call.Op == "setsockopt" && strings.Contains(call.Args, "IPV6_V6ONLY, [1]") {
			return call
		}
	}
	return nil
}

func routeError(c *diagnose.Case) string {
	for i := range c.Facts {
		for _, r := range c.Facts[i].Routes {
			if r.Error != "" && strings.HasPrefix(r.Dst, c.Server().Addr().String()) {
				return r.Error
			}
		}
	}
	return ""
}

// LocalPolicy: a security policy of the client's own host forbids the connection (LSM, cgroup BPF, seccomp).
var LocalPolicy = &diagnose.Rule{
	ID: "local-policy", Title: "a security policy on this host forbids the connection",
	Symptom: diagnose.Refused, Local: true, Needs: diagnose.HostFacts,
	Cause: "SELinux, AppArmor, a cgroup's BPF program or seccomp refused the call; no packet was sent.",
	Fix:   "ausearch -m avc -ts recent; journalctl -k | grep -i apparmor; bpftool cgroup tree",
	Refs:  []string{"connect(2)"}, Scenario: "local-policy", LookAlikes: []string{"local-route-errors", "output-reject-local"},
	Judge: localPolicy, Unseen: localPolicy,
}

// localPolicy asks for no packet: neither error can come from the network.
func localPolicy(c *diagnose.Case) diagnose.Verdict {
	switch {
	case c.Call.Op != "connect" || c.Call.Errno != syscall.EPERM && c.Call.Errno != syscall.EACCES:
		return diagnose.Ruled("connect() did not fail with EPERM or EACCES")
	case routeError(c) != "":
		return diagnose.Ruled("the route refuses the destination")
	case c.Call.Errno == syscall.EACCES:
		return diagnose.Open("the audit log would decide: ausearch -m avc")
	}
	return diagnose.Verdict{Level: diagnose.Likely, Why: "EPERM without a packet", Evidence: []string{diagnose.CallText(c.Call)}, Calls: []uint32{c.Call.Number}}
}

// OutputRejectLocal: the client's own firewall rejects the SYN on its way out: ECONNREFUSED without a packet.
var OutputRejectLocal = &diagnose.Rule{
	ID: "output-reject-local", Title: "this host's own firewall rejects the connection on its way out",
	Symptom: diagnose.Refused, Local: true, Needs: diagnose.HostFacts,
	Cause: "A rule in the OUTPUT chain rejects the SYN; the refusal never touches a wire.",
	Fix:   "nft list hook output; nft list ruleset | grep -n reject; iptables -S OUTPUT",
	Refs:  []string{"RFC 9293 3.5.2"}, Scenario: "output-reject-local", LookAlikes: []string{"local-route-errors", "local-policy", "output-drop-local"},
	Judge: outputReject, Unseen: outputRejectUnseen,
}

func outputReject(c *diagnose.Case) diagnose.Verdict {
	took := c.Call.Duration()
	atOnce := c.Call.Errno == syscall.ECONNREFUSED && took <= instant
	switch {
	case c.Call.Op != "connect" || !atOnce && !rejectedByICMP(c):
		return diagnose.Ruled("connect() did not fail as after a local REJECT")
	case c.At != "" && c.At != "client":
		return diagnose.Unjudged("a capture at the client: this one was made at the " + c.At)
	case c.Unresolved() != "":
		return diagnose.Ruled("the neighbour table has no MAC address for the server: the SYN waited for that one")
	}
	evidence := diagnose.CallTook(c.Call) + ", and no packet was seen"
	v := diagnose.Verdict{Level: diagnose.Likely, Why: "refused without a packet", Evidence: []string{evidence}, Calls: []uint32{c.Call.Number}}
	rule, fit, read := rejectRule(c)
	switch {
	case fit == diagnose.Fits:
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
	case fit == diagnose.MayFit:
		v.Evidence = append(v.Evidence, "the firewall has a rule that may be it  "+rule)
	case atOnce && c.Grew("Tcp.OutRsts") > 0: // which a REJECT rule does not count
		return diagnose.Ruled("the server's kernel sent a RST meanwhile: there was a packet, and this capture missed it")
	case read:
		v.Level, v.Reason = diagnose.Possible, ""
		v.Evidence = append(v.Evidence, "the firewall has no rule that rejects what goes out: perhaps the packets went where this capture does not look; a capture on all interfaces would decide")
	case !atOnce:
		v.Level = diagnose.Possible
		v.Reason = "no reject rule is known; this would decide: nft list ruleset"
	}
	return v
}

// rejectedByICMP: after a REJECT with an ICMP error connect() fails when the SYN is repeated, a second later. So it does
// when the search for a neighbour ends then.
func rejectedByICMP(c *diagnose.Case) bool {
	took := c.Call.Duration()
	switch c.Call.Errno {
	case syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH:
		return took > 900*time.Millisecond && took < 1500*time.Millisecond
	}
	return false
}

// rejectRule is a rule of the client's firewall that rejects what goes out to the server, and how well it fits; read says whether its
// rules were read at all.
func rejectRule(c *diagnose.Case) (rule string, best diagnose.Fit, read bool) {
	for i := range c.Facts {
		f := &c.Facts[i]
		for _, r := range diagnose.FirewallOf(f) {
			if fit := r.Fit(c.Client(), c.Server()); r.Hook == "output" && fit > best && strings.Contains(strings.ToLower(r.Text), "reject") {
				rule, best = r.Text, fit
			}
		}
		read = read || f.Host != "server" && !f.Lacks("firewall")
	}
	return rule, best, read
}
