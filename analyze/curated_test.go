package analyze_test

import (
	"slices"
	"strings"
	"testing"
)

// Captures with a known story: the findings worse than a note are these and no others, as "level cause".
func TestCuratedCases(t *testing.T) {
	rs := &reports{}
	for path, want := range map[string][]string{
		// the same source port three times, each refused: one attempt with two retries, as Windows does
		"chrissanders-packets/nowebaccess2.pcapng": {"likely closed-port"},
		// 51 bytes, then RST,ACK: unread data or SO_LINGER 0, the capture cannot tell which
		"zeek/testing/btest/Traces/http/curl_http_09.pcap": {"possible close-unread-data", "possible kill-with-unread-data", "possible linger0-server"},
		// window updates come after 10 ms, and never
		"chrissanders-packets/tcp_zerowindowrecovery.pcapng": {"certain zero-window"},
		"chrissanders-packets/tcp_zerowindowdead.pcapng":     {"certain zero-window"},
		// one fast retransmission: frame 8, frame 38
		"chrissanders-packets/tcp_dupack.pcapng": nil,
		"packetlife/pcaps/TCP_SACK.cap":          nil,
		// a handshake alone, a teardown alone, a handshake out of order, FINs that cross
		"chrissanders-packets/tcp_handshake.pcapng":             nil,
		"packetlife/pcaps/connection termination.cap":           nil,
		"zeek/testing/btest/Traces/tcp/handshake-reorder.pcap":  nil,
		"zeek/testing/btest/Traces/tls/ocsp-revoked.pcap":       nil,
		"zeek/testing/btest/Traces/tcp/window-scale-range.pcap": nil,
		// ordinary ends that look like trouble: a close ten seconds later, close_notify against a closed socket
		"zeek/testing/btest/Traces/tls/tls13_wolfssl.pcap":        nil,
		"zeek/testing/btest/Traces/tls/irc-starttls.pcap":         nil,
		"zeek/testing/btest/Traces/tls/heartbleed-encrypted.pcap": nil,
		"arkime/tests/pcap/https2-301-get.pcap":                   nil,
		"packetlife/pcaps/BGP_soft_reset.cap":                     nil,
	} {
		var got []string
		for _, c := range rs.of(t, captures(t, path)).Connections {
			for _, f := range c.Findings {
				if f.Severity != "note" {
					got = append(got, f.Level+" "+f.Cause)
				}
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s, want %s", path, strings.Join(got, ", "), strings.Join(want, ", "))
		}
	}
}
