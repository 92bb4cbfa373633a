package diagnose

import (
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
