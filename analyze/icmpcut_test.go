package analyze_test

import (
	"strings"
	"testing"

	"tcplab/capture/script"
)

// A snap length leaves what it leaves of the segment that an ICMP error quotes: with the ports its SYN is known, with the addresses
// alone only where a single attempt is under way between them, and one level less sure.
func TestAnICMPErrorWithACutQuote(t *testing.T) {
	const one = `C 10.0.0.1:40000
S 10.0.0.2:8080
R 10.0.0.254
0 C > S S 0:0(0) win 64240 <mss 1460>
0.001 R > C icmp 3/13 quoting 1
`
	const two = `C 10.0.0.1:40000
S 10.0.0.2:8080
C2 10.0.0.1:40001
S2 10.0.0.2:8081
R 10.0.0.254
0 C > S S 0:0(0) win 64240 <mss 1460>
0.0005 C2 > S2 S 0:0(0) win 64240 <mss 1460>
0.001 R > C icmp 3/13 quoting 1
`
	const six = `C [fd00::1]:40000
S [fd00::2]:8080
R fd00::fe
0 C > S S 0:0(0) win 64240 <mss 1440>
0.001 R > C icmp 1/1 quoting 1
`
	for _, c := range []struct {
		what, script string
		snap         int
		want         string
	}{
		{"whole", one, 96, "certain reject-icmp-admin-prohibited"},
		{"ports and half of the number", one, 14 + 28 + 20 + 6, "certain reject-icmp-admin-prohibited"},
		{"one port", one, 14 + 28 + 20 + 2, "strong reject-icmp-admin-prohibited"},
		{"addresses alone", one, 14 + 28 + 20, "strong reject-icmp-admin-prohibited"},
		{"half of an address", one, 14 + 28 + 18, "strong reject-icmp-admin-prohibited"},
		{"no destination", one, 14 + 28 + 16, "certain icmp-unmatched*"},
		{"one port of two attempts", two, 14 + 28 + 20 + 2, "strong reject-icmp-admin-prohibited"},
		{"addresses of two attempts", two, 14 + 28 + 20, "certain icmp-unmatched*"},
		{"IPv6 addresses alone", six, 14 + 48 + 40, "strong reject-icmp6-admin-prohibited"},
		{"half of an IPv6 address", six, 96, "strong reject-icmp6-admin-prohibited"},
	} {
		s, err := script.Parse(c.what, c.script)
		if err != nil {
			t.Fatal(err)
		}
		quotes := &s.Frames[len(s.Frames)-1]
		quotes.Data = quotes.Data[:min(c.snap, len(quotes.Data))]
		r := recorded{name: c.what, frames: s.Frames}
		if got := said(r.findings(t)); !strings.HasPrefix(got, c.want) { // of an attempt without an answer the capture ends early
			t.Errorf("%s: said %q, want %q", c.what, got, c.want)
		}
	}
}
