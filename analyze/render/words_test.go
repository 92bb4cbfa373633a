package render

import (
	"testing"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

func TestBriefDurations(t *testing.T) {
	for in, want := range map[time.Duration]string{0: "0", 5: "5ns", 27_400: "27µs", 999_600: "1.0ms", 34_100_000: "34ms", 1_240_000: "1.2ms", 999_600_000: "1.0s",
		34_100 * time.Millisecond: "34.1s", 12*time.Minute + 5*time.Second: "12m05", 3*time.Hour + 7*time.Minute: "3h07", 291 * time.Hour: "12d3"} {
		if got := brief(in); got != want {
			t.Errorf("brief(%v) = %s, want %s", in, got, want)
		}
	}
	for d := time.Duration(1); d > 0 && d < 24*time.Hour*1000; d = d*13/10 + 1 {
		if got := brief(d); texttab.Width(got) > 5 {
			t.Errorf("brief(%v) = %s is too wide", d, got)
		}
	}
}

func TestSizes(t *testing.T) {
	for in, want := range map[uint64]string{0: "0", 9999: "9999", 10_000: "10.0k", 164_091: "164k", 999_600: "1.0M", 1 << 63: "9.2E"} {
		if got := size(in); got != want {
			t.Errorf("size(%d) = %s, want %s", in, got, want)
		}
	}
}

func TestShortEndpointsKeepThePort(t *testing.T) {
	v4, v6 := report.Endpoint{Addr: "192.168.100.102", Port: 65535}, report.Endpoint{Addr: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Port: 443}
	for width := 13; width < 45; width++ {
		for _, e := range []report.Endpoint{v4, v6} {
			got := shortEndpoint(e, width)
			if texttab.Width(got) > width {
				t.Errorf("%s is wider than %d", got, width)
			}
			port := endpoint(e)[len(endpoint(e))-4:]
			if got[len(got)-4:] != port {
				t.Errorf("%s has lost its port", got)
			}
		}
	}
	if got := shortEndpoint(report.Endpoint{Addr: "::ffff:10.0.0.1", Port: 80}, 15); got != "10.0.0.1:80" {
		t.Errorf("a mapped address is %s", got)
	}
}

func TestFlagWords(t *testing.T) {
	for in, want := range map[string]string{"S": "SYN", "S.": "SYN,ACK", "FP.": "FIN,PSH,ACK", "R": "RST", "none": "none", "": "none", "SEW": "SYN,ECE,CWR"} {
		if got := flagWords(in); got != want {
			t.Errorf("flagWords(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestHowConnectionsWent(t *testing.T) {
	for _, row := range []struct{ outcome, kind, by, opened, ended, went string }{
		{"SF", "four-way", "client", "3-way", "4-way, client", "closed 4-way"},
		{"SF", "simultaneous", "both", "3-way", "both at once", "closed at once"},
		{"REJ", "reset", "server", "refused", "reset, server", "refused"},
		{"S0", "none", "", "no answer", "–", "no answer"},
		{"S1", "none", "", "3-way", "still open", "open"},
		{"RSTR", "reset", "server", "3-way", "reset, server", "reset by server"},
		{"S2", "half", "client", "3-way", "half, client", "half-closed"},
	} {
		c := connection(local(1), local(2), 1, 1)
		c.Outcome, c.Close = row.outcome, report.Close{Kind: row.kind, By: row.by}
		if opened(&c) != row.opened || ended(&c) != row.ended || went(&c) != row.went {
			t.Errorf("%s: %s | %s | %s, want %+v", row.outcome, opened(&c), ended(&c), went(&c), row)
		}
	}
}
