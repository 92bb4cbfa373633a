package diagnose

import (
	"net/netip"
	"testing"
)

// A rule is evidence for a packet only when it can be about it.
func TestFirewallRuleFits(t *testing.T) {
	from, to := netip.MustParseAddrPort("10.9.1.1:40000"), netip.MustParseAddrPort("10.9.2.2:1203")
	for rule, want := range map[string]Fit{
		"tcp dport 1203 drop":              Fits,
		"tcp dport 1202 drop":              NoFit,
		"tcp dport 1200-1204 reject":       Fits,
		"tcp dport { 80, 1203 } drop":      Fits,
		"tcp dport { 80, 443 } drop":       NoFit,
		"tcp dport @ports drop":            MayFit,
		"tcp dport != 80 drop":             MayFit,
		"tcp sport 1203 drop":              NoFit,
		"udp dport 1203 drop":              NoFit,
		"ip daddr 10.9.2.0/24 drop":        Fits,
		"ip daddr 10.9.3.0/24 drop":        NoFit,
		"ip saddr 10.9.1.1 drop":           Fits,
		"ip6 daddr fd00::/8 reject":        NoFit,
		"meta l4proto { tcp, udp } drop":   Fits,
		"meta l4proto udp drop":            NoFit,
		"meta skuid 1000 reject":           MayFit,
		"ct state invalid drop":            MayFit,
		"reject with icmpx type no-route":  Fits,
		"counter packets 3 bytes 180 drop": Fits,
		"meta l4proto tcp tcp dport 1203 counter packets 0 bytes 0 reject with tcp reset": Fits,
		"type filter hook output priority filter; policy drop;":                           MayFit,
	} {
		r := FirewallRule{Hook: "output", Text: "inet cli output: " + rule}
		if got := r.Fit(from, to); got != want {
			t.Errorf("%s: %d, not %d", rule, got, want)
		}
	}
}
