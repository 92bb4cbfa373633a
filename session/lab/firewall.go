package lab

import (
	"fmt"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
)

// FirewallTable is the name of the table that Firewall fills, of the family inet.
const FirewallTable = "tcplab"

// chain is where rules of one kind stand.
type chain struct {
	kind     nftables.ChainType
	hook     *nftables.ChainHook
	priority *nftables.ChainPriority
}

// chains are the places by the word that a rule begins with: the filter's three, and two that rewrite addresses.
var chains = map[string]chain{
	"input":       {nftables.ChainTypeFilter, nftables.ChainHookInput, nftables.ChainPriorityFilter},
	"forward":     {nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityFilter},
	"output":      {nftables.ChainTypeFilter, nftables.ChainHookOutput, nftables.ChainPriorityFilter},
	"prerouting":  {nftables.ChainTypeNAT, nftables.ChainHookPrerouting, nftables.ChainPriorityNATDest},
	"postrouting": {nftables.ChainTypeNAT, nftables.ChainHookPostrouting, nftables.ChainPriorityNATSource},
}

// Firewall adds rules to the host's packet filter; each is a hook and a rule in the words of nft(8), of which these are
// understood:
//
//	input tcp dport 80 drop
//	input tcp dport 80 reject with tcp reset
//	forward ip saddr 10.0.0.1 tcp dport 80 reject with icmp host-unreachable
//	output tcp sport 80 tcp flags syn,ack drop
//	input tcp dport 80 ct count over 2 reject with tcp reset
//	input ct state invalid counter drop
//	output meta l4proto icmp drop
//	prerouting tcp dport 80 dnat ip to 10.0.1.2:8080
//	postrouting masquerade random
//	forward tcp dport 80 reject comment "what others see of it"
//
// The program nft is not needed. All rules take effect together, or none.
func (h *Host) Firewall(rules ...string) error {
	parsed := make([]firewallRule, 0, len(rules))
	for _, text := range rules {
		r, err := parseFirewall(text)
		if err != nil {
			return err
		}
		parsed = append(parsed, r)
	}
	return h.Do(func() error {
		if err := load(parsed); err != nil {
			return fmt.Errorf("firewall of the %s: %w", h.Name, err)
		}
		return nil
	})
}

// load hands the rules to the kernel in one transaction.
func load(rules []firewallRule) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	table := c.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: FirewallTable})
	made := map[string]*nftables.Chain{}
	for _, r := range rules {
		if made[r.chain] == nil {
			kind := chains[r.chain]
			made[r.chain] = c.AddChain(&nftables.Chain{Name: r.chain, Table: table, Type: kind.kind, Hooknum: kind.hook,
				Priority: kind.priority})
		}
		rule := &nftables.Rule{Table: table, Chain: made[r.chain], Exprs: r.exprs}
		if r.comment != "" {
			rule.UserData = userdata.AppendString(nil, userdata.TypeComment, r.comment)
		}
		c.AddRule(rule)
	}
	return c.Flush()
}

// firewallRule is a rule as the kernel runs it.
type firewallRule struct {
	chain   string
	exprs   []expr.Any
	comment string // that nft prints with it
}

// FirewallError is a rule that Firewall does not understand.
type FirewallError struct{ Text, What string }

// Error quotes the rule.
func (e *FirewallError) Error() string { return fmt.Sprintf("firewall rule %q: %s", e.Text, e.What) }

// parseFirewall reads one rule.
func parseFirewall(text string) (firewallRule, error) {
	words, comment, _ := strings.Cut(text, ` comment "`)
	p := ruleParser{words: strings.Fields(words)}
	p.comment = strings.TrimSuffix(comment, `"`)
	p.chain = p.next()
	if _, ok := chains[p.chain]; !ok {
		p.fail("it must begin with input, forward, output, prerouting or postrouting")
	}
	for p.what == "" && !p.verdict() {
		p.match()
	}
	if p.what == "" && len(p.words) > 0 {
		p.fail("nothing can follow the verdict, but %q does", p.words[0])
	}
	if p.what != "" {
		return firewallRule{}, &FirewallError{text, p.what}
	}
	return p.firewallRule, nil
}
