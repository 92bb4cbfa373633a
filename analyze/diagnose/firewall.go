package diagnose

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"tcplab/capture/hostfacts"
)

// FirewallRule is one line of a host's firewall, and the hook at which packets meet it: "input", "output", "forward", …;
// "" of a chain that hangs on none.
type FirewallRule struct{ Hook, Text string }

// Drops reports whether the rule throws packets away silently; the policy of a chain does too.
func (r *FirewallRule) Drops() bool { return strings.Contains(strings.ToLower(r.Text), "drop") }

// Names reports whether the rule names a port, as "dport" or "sport".
func (r *FirewallRule) Names(side string, port uint16) bool {
	at := strings.Index(r.Text, side+" ")
	return at >= 0 && strings.HasPrefix(r.Text[at:]+" ", side+" "+Num(port)+" ")
}

// Fit says whether a rule can be about a packet.
type Fit uint8

// A rule that asks for nothing but what the packet is known to have fits; one that asks for more, an owner or an interface, may.
const (
	NoFit Fit = iota
	MayFit
	Fits
)

// Fit compares the rule with a SYN between two ends: its ports and addresses, alone, in ranges and in sets.
func (r *FirewallRule) Fit(from, to netip.AddrPort) Fit {
	_, text, _ := strings.Cut(r.Text, ": ")
	words := strings.Fields(text)
	fit := Fits
	if len(words) == 0 || words[0] == "type" { // the chain's own line, with its policy
		return MayFit
	}
	for i := 0; i < len(words); i++ {
		operand, n := operandAt(words, i+1)
		switch words[i] {
		case "drop", "reject": // what follows says how
			return fit
		case "udp", "icmp", "icmpv6", "sctp":
			return NoFit
		case "tcp", "ip", "ip6", "meta": // of what the next word is
		case "counter":
			i += 4 // packets N bytes N
		case "dport":
			fit, i = min(fit, portFit(operand, to.Port())), i+n
		case "sport":
			fit, i = min(fit, portFit(operand, from.Port())), i+n
		case "daddr":
			fit, i = min(fit, addrFit(operand, to.Addr())), i+n
		case "saddr":
			fit, i = min(fit, addrFit(operand, from.Addr())), i+n
		case "l4proto", "protocol", "nexthdr":
			fit, i = min(fit, oneOf(operand, func(w string) Fit { return fitIf(w == "tcp" || w == "6") })), i+n
		default:
			fit = min(fit, MayFit)
		}
	}
	return fit
}

// operandAt is what a match compares with: a word, or the members of a set, and how many words that takes.
func operandAt(words []string, at int) (members []string, n int) {
	if at >= len(words) || words[at] != "{" {
		return words[min(at, len(words)):min(at+1, len(words))], 1
	}
	for n = 1; at+n < len(words) && words[at+n] != "}"; n++ {
		members = append(members, strings.TrimSuffix(words[at+n], ","))
	}
	return members, n + 1
}

// oneOf is the best fit of a member; what is not understood, a named set or "!=", may fit.
func oneOf(members []string, fit func(string) Fit) (best Fit) {
	for _, w := range members {
		if strings.HasPrefix(w, "@") || strings.HasPrefix(w, "!") || strings.HasPrefix(w, "<") || strings.HasPrefix(w, ">") {
			return MayFit
		}
		best = max(best, fit(w))
	}
	return best
}

func fitIf(is bool) Fit {
	if is {
		return Fits
	}
	return NoFit
}

func portFit(members []string, port uint16) Fit {
	if port == 0 {
		return MayFit
	}
	return oneOf(members, func(w string) Fit {
		low, high, _ := strings.Cut(w, "-")
		first, err := strconv.ParseUint(low, 10, 16)
		last, bad := strconv.ParseUint(cmp.Or(high, low), 10, 16)
		if err != nil || bad != nil {
			return MayFit
		}
		return fitIf(first <= uint64(port) && uint64(port) <= last)
	})
}

func addrFit(members []string, addr netip.Addr) Fit {
	if addr = addr.Unmap().WithZone(""); !addr.IsValid() { // it never got one
		return MayFit
	}
	return oneOf(members, func(w string) Fit {
		if prefix, err := netip.ParsePrefix(w); err == nil {
			return fitIf(prefix.Contains(addr))
		}
		if one, err := netip.ParseAddr(w); err == nil {
			return fitIf(one == addr)
		}
		return MayFit
	})
}

// FirewallOf are the rules of a host with their hooks. The first line of a chain names its hook, whatever the chain is called;
// where none does (iptables), the chain's name says it.
func FirewallOf(f *hostfacts.Facts) []FirewallRule {
	hooks := map[string]string{}
	for _, rule := range f.Firewall {
		chain, text, _ := strings.Cut(rule, ": ")
		if _, hook, ok := strings.Cut(text, " hook "); ok {
			hooks[chain], _, _ = strings.Cut(hook, " ")
		}
	}
	list := make([]FirewallRule, len(f.Firewall))
	for i, rule := range f.Firewall {
		chain, _, _ := strings.Cut(rule, ": ")
		list[i] = FirewallRule{hooks[chain], rule}
		for _, hook := range [...]string{"input", "output", "forward"} {
			if list[i].Hook == "" && strings.Contains(strings.ToLower(rule), hook) {
				list[i].Hook = hook
			}
		}
	}
	return list
}
