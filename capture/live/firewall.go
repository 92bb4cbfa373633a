package live

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/google/nftables"

	"tcplab/capture/hostfacts"
)

// addFirewall lists the packet filter's rules, each with its table and chain. The kernel is asked first whether there is
// any, since that needs no other program; nft(8) then prints the rules, as it knows every expression's syntax.
func addFirewall(f *hostfacts.Facts) {
	const what, needs = "firewall rules", "root (CAP_NET_ADMIN)"
	conn, err := nftables.New()
	if err != nil {
		missing(f, what, err, needs)
		return
	}
	tables, err := conn.ListTables()
	switch {
	case err != nil:
		missing(f, what, err, needs)
	case len(tables) > 0:
		text, err := listRuleset()
		if err != nil {
			missing(f, what, err, needs)
		}
		f.Firewall = append(f.Firewall, rulesOf(text)...)
	}
	addLegacyTables(f)
}

func listRuleset() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nft", "list", "ruleset").Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("there are nftables rules, and the program nft that lists them is not installed")
	}
	return string(out), err
}

// rulesOf flattens the ruleset: "inet filter input: tcp dport 80 drop", one line for each rule and each chain's policy.
func rulesOf(ruleset string) []string {
	var rules []string
	var table, chain string
	depth := 0
	for line := range strings.Lines(ruleset) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasSuffix(line, "{"):
			if name := strings.TrimSuffix(line, " {"); depth == 0 {
				table = strings.TrimPrefix(name, "table ")
			} else {
				chain = strings.TrimPrefix(name, "chain ")
			}
			depth++
		case line == "}":
			depth--
		default:
			rules = append(rules, table+" "+chain+": "+line)
		}
	}
	return rules
}

// addLegacyTables notes rules of the older iptables, which nft does not list.
func addLegacyTables(f *hostfacts.Facts) {
	for _, family := range []string{"ip", "ip6"} {
		if b, err := os.ReadFile("/proc/thread-self/net/" + family + "_tables_names"); err == nil && len(b) > 0 {
			f.Missing = append(f.Missing, hostfacts.Missing{What: "rules of the older " + family + "tables",
				Why:   "nft does not list the tables " + strings.Join(strings.Fields(string(b)), ", "),
				Needs: family + "tables-legacy-save, as root"})
		}
	}
}
