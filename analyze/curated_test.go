package analyze_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze/report"
)

// loud are the findings worse than a note, as "level cause".
func loud(rep *report.Report) []string {
	var list []string
	for _, c := range rep.Connections {
		for _, f := range c.Findings {
			if f.Severity != "note" {
				list = append(list, f.Level+" "+f.Cause)
			}
		}
	}
	slices.Sort(list)
	return list
}

// curated are captures with a known story, and their findings worse than a note.
var curated = map[string][]string{
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
	// a RST alone, the SYN not captured, a header cut by the snap length, an end that was never captured
	"zeek/testing/btest/Traces/tcp/single-rst.pcap":       nil,
	"zeek/testing/btest/Traces/tcp/missing-syn.pcap":      nil,
	"zeek/testing/btest/Traces/tcp/truncated-header.pcap": nil,
	"zeek/testing/btest/Traces/tcp/miss_end_data.pcap":    nil,
	// the same ports twice, each time after several SYNs; a flight lost in the first
	"tcptrace/input/6syns.dmp.gz": {"likely syn-lost-once", "likely syn-lost-once", "strong loss-rto"},
	// timeouts of a real server
	"tcprs/tests/Traces/tcp/rto/rto001.trace": {"strong loss-rto"},
	// a window of 64 KiB without scaling is no limit where the round trip doubles with what is in flight, from 250 to 550 ms;
	// after a minute of silence the FIN is repeated in vain (frames 1219 to 1224)
	"tcprs/tests/Traces/tcp/heuristics/reordering-via-proximity.trace": {"likely idle-timeout-drop"},
}

// Captures with a known story: the findings worse than a note are these and no others, as "level cause".
func TestCuratedCases(t *testing.T) {
	rs := &reports{}
	for path, want := range curated {
		got := loud(rs.of(t, captures(t, path)))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s, want %s", path, strings.Join(got, ", "), strings.Join(want, ", "))
		}
	}
}

// stories are what curated-cases.tsv says of a capture beyond its findings, by row.
var stories = map[string]func(*report.Report) bool{
	"H031": func(r *report.Report) bool {
		return oneConnection(r) && r.Connections[0].Frames == 1 && r.Connections[0].History == "R" && r.Connections[0].Outcome == "OTH"
	},
	"H049": func(r *report.Report) bool { // the SYN,ACK shows who the client is
		return oneConnection(r) && r.Connections[0].Client.Port == 56730 && r.Connections[0].History == "^hADdFaf" && r.Connections[0].Outcome == "SF"
	},
	"H080": func(r *report.Report) bool {
		return len(r.Connections) == 2 && r.Connections[0].Client == r.Connections[1].Client && r.Connections[0].Client.Port == 4333
	},
	"H086": func(r *report.Report) bool { return oneConnection(r) && r.Connections[0].Server.Port == 25 },
	"H087": func(r *report.Report) bool {
		return oneConnection(r) && r.Connections[0].ServerToClient.MissingBytes == 2902 && r.Connections[0].History == "ShADafgF"
	},
}

func oneConnection(r *report.Report) bool { return len(r.Connections) == 1 }

// Every row of the table of known stories is looked at: by its findings, by what else it says, or, where it stands for a
// folder of captures whose every retransmission is labelled, by TestTcprsRetransmissions.
func TestCuratedRowsAreAllLookedAt(t *testing.T) {
	rs := &reports{}
	for _, row := range truth(t, "curated-cases.tsv") {
		_, judged := curated[row["file"]]
		if holds := stories[row["id"]]; holds != nil && !holds(rs.of(t, captures(t, row["file"]))) {
			t.Errorf("%s: %s: not so: %s", row["id"], row["file"], row["expected"])
		}
		if !judged {
			t.Errorf("%s: %s: nobody looks at its findings", row["id"], row["file"])
		}
	}
}

// Each retransmission of the labelled captures was brought about by a timeout or asked for: where every one of a capture is
// of one kind, no other kind of loss is named for sure.
func TestLabelledLossesAreNamedRight(t *testing.T) {
	rs := &reports{}
	kinds := map[string]map[string]bool{}
	for _, row := range truth(t, "tcprs-retransmissions.tsv") {
		trace := row["trace"]
		if kinds[trace] == nil {
			kinds[trace] = map[string]bool{}
		}
		kinds[trace][strings.Split(row["rtype_name"], "_")[0]] = true
	}
	if len(kinds) < 20 {
		t.Fatalf("%d labelled captures", len(kinds))
	}
	for trace, kind := range kinds {
		for _, finding := range allFindings(rs.of(t, captures(t, filepath.Join("tcprs", trace)))) {
			if finding == "strong loss-rto" && !kind["RTO"] && !kind["BRUTE"] || finding == "strong loss-fast-retransmit" && !kind["FACK"] && !kind["SACK"] && !kind["REXMIT"] {
				t.Errorf("%s: %s, but its retransmissions are %v", trace, finding, kind)
			}
		}
	}
}

// allFindings are the findings of every connection, as "level cause".
func allFindings(rep *report.Report) (list []string) {
	for _, c := range rep.Connections {
		for _, f := range c.Findings {
			list = append(list, f.Level+" "+f.Cause)
		}
	}
	return list
}
