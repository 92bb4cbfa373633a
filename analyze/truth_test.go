package analyze_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/report"
	"tcplab/capture/pcapfile"
)

// The captures beside the project have truths that other programs and people wrote down. Each test compares every row;
// a difference is listed with the frame that shows who is right.

// captures returns a path below the folder of captures, or skips the test.
func captures(t testing.TB, parts ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	root := filepath.Join(dir, "..", "shared", "captures")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no ../shared/captures beside the project")
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// truth reads a table with a header line; each row maps column to value.
func truth(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(captures(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, v := range line {
			row[lines[0][i]] = v
		}
		rows = append(rows, row)
	}
	return rows
}

// reports analyses each capture once.
type reports struct {
	options analyze.Options
	known   map[string]*report.Report
}

func (r *reports) of(t *testing.T, path string) *report.Report {
	t.Helper()
	if rep, ok := r.known[path]; ok {
		return rep
	}
	if r.known == nil {
		r.known = map[string]*report.Report{}
	}
	src, err := pcapfile.Open(path)
	if foreign := (*pcapfile.ForeignError)(nil); errors.As(err, &foreign) {
		src, err = pcapfile.Open(converted(t, path))
	}
	if err != nil {
		t.Errorf("%v", err)
		r.known[path] = nil
		return nil
	}
	defer src.Close()
	rep, err := analyze.Run(context.Background(), analyze.Input{Source: src}, r.options)
	if err != nil {
		t.Logf("%s: %v", path, err)
	}
	r.known[path] = rep
	return rep
}

// converted turns a capture of another format into pcapng, with the command that the error about it names.
func converted(t *testing.T, path string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "converted.pcapng")
	if err := exec.Command("editcap", "-F", "pcapng", path, out).Run(); err != nil {
		t.Skipf("editcap: %v", err)
	}
	return out
}

// end is an address and port as truths write them.
func end(e report.Endpoint) string { return e.Addr + ":" + strconv.Itoa(int(e.Port)) }

// between returns the connections of two ends, whoever opened them.
func between(rep *report.Report, a, b string) []*report.Connection {
	var found []*report.Connection
	for i := range rep.Connections {
		c := &rep.Connections[i]
		if end(c.Client) == a && end(c.Server) == b || end(c.Client) == b && end(c.Server) == a {
			found = append(found, c)
		}
	}
	return found
}

func TestZeekTruth(t *testing.T) {
	// Rows that differ, and why.
	explained := map[string]string{
		"Traces/auth_change_session_keys.pcap": "Zeek ran without -C and dropped the packets with offloaded checksums",
		"Traces/smtp.pcap":                     "Zeek ran without -C and dropped the packets with offloaded checksums",
		"Traces/contentline/nvt-line-limit-crlf-heap-buffer-overflow.pcap.gz": "X: Zeek's analyzer stopped looking",
		"Traces/contentline/rsh-long-client-user-no-nul.pcapng.gz":            "X: Zeek's analyzer stopped looking",
		"Traces/contentline/telnet-unclosed-suboption.pcapng.gz":              "X: Zeek's analyzer stopped looking",
		"Traces/ssh/kex-quadratic-1000.pcap.gz":                               "X: Zeek's analyzer stopped looking",
		"Traces/modbus/modbus-and-non-modbus-p502.pcap":                       "Zeek's timers split the tuple after the RST of frame 3; data and a RST follow it within one capture second",
		"Traces/tcp/retransmit-timeout.pcapng":                                "Zeek's inactivity timer split the tuple",
	}
	var all reports
	equal := 0
	for _, row := range truth(t, "zeek-truth.tsv") {
		rep := all.of(t, captures(t, "zeek", "testing", "btest", row["trace"]))
		if rep == nil {
			t.Errorf("%s: not read", row["trace"])
			continue
		}
		conns := between(rep, row["orig_h"]+":"+row["orig_p"], row["resp_h"]+":"+row["resp_p"])
		if len(conns) == 0 {
			t.Errorf("%s: no connection %s:%s > %s:%s", row["trace"], row["orig_h"], row["orig_p"], row["resp_h"], row["resp_p"])
			continue
		}
		if diff := zeekDiff(row, conns[0]); diff != "" {
			if why := explained[row["trace"]]; why == "" {
				t.Errorf("%s: %s", row["trace"], diff)
			} else {
				t.Logf("%s: %s: %s", row["trace"], diff, why)
			}
			continue
		}
		equal++
	}
	t.Logf("%d rows equal", equal)
}

func zeekDiff(row map[string]string, c *report.Connection) string {
	diff := ""
	note := func(what string, got any, want string) {
		if want != "" && want != "-" && fmt.Sprint(got) != want {
			diff += fmt.Sprintf("%s %v, Zeek says %s; ", what, got, want)
		}
	}
	note("originator", end(c.Client), row["orig_h"]+":"+row["orig_p"])
	note("conn_state", c.Outcome, row["conn_state"])
	note("history", c.History, row["history"])
	if row["pkts_agree_with_tshark"] != "no" {
		note("packets of the originator", c.ClientToServer.Packets, row["orig_pkts"])
		note("packets of the responder", c.ServerToClient.Packets, row["resp_pkts"])
	}
	note("missed bytes", c.ClientToServer.MissingBytes+c.ServerToClient.MissingBytes, row["missed_bytes"])
	return diff
}

func TestTcprsRetransmissions(t *testing.T) {
	all := reports{options: analyze.Options{Segments: true}}
	want := map[string]map[string]int{} // trace → direction and number → times
	for _, row := range truth(t, "tcprs-retransmissions.tsv") {
		dir := "s2c"
		if row["orig"] == "T" {
			dir = "c2s"
		}
		if want[row["trace"]] == nil {
			want[row["trace"]] = map[string]int{}
		}
		want[row["trace"]][dir+" "+row["seq"]]++
	}
	total := 0
	for trace, numbers := range want {
		rep := all.of(t, captures(t, "tcprs", trace))
		got := map[string]int{}
		for _, c := range rep.Connections {
			for _, s := range c.Segments {
				for _, m := range s.Marks {
					switch m {
					case "retransmission", "fast-retransmission", "spurious-retransmission":
						got[fmt.Sprintf("%s %d", s.Dir, s.SeqRaw)]++
					}
				}
			}
		}
		for n, times := range numbers {
			total += times
			if got[n] != times {
				t.Errorf("%s: %s repeated %d times, tcprs says %d", trace, n, got[n], times)
			}
			delete(got, n)
		}
		for n, times := range got {
			t.Errorf("%s: %s repeated %d times, tcprs knows of none", trace, n, times)
		}
	}
	t.Logf("%d retransmissions in %d traces equal", total, len(want))
}

func TestTcptraceTruth(t *testing.T) {
	// Differences, by file and column, and why.
	explained := func(row map[string]string, column string, got, want int64) string {
		switch {
		case column == "duplicate_acks" || column == "triple_dupacks":
			return "tcptrace counts every repeated ACK number, also those of window updates, probes and closing"
		case column == "max_owin" && want-got >= 1 && want-got <= 2:
			return "tcptrace counts the SYN or FIN as a byte in flight"
		case column == "max_owin" && (row["trace"] == "rawppp.pcap.gz" || row["trace"] == "all.snoop.gz"):
			return "the connection was joined in the middle: what was in flight before its first ACK is a guess of either program"
		case column == "max_owin" && row["trace"] == "chdlc.erf.gz":
			return "only one direction was captured: nothing shows what was in flight"
		case column == "zero_win_adv" && row["trace"] == "chdlc.erf.gz":
			return "the only packet has no flag at all and window 0, which Wireshark too marks; tcptrace looks at ACKs only"
		case row["trace"] == "discard.solaris.dmp.gz" && row["conn"] == "3" && (column == "rexmt_data_pkts" || column == "outoforder_pkts" || column == "segs_cum_acked"):
			return "frames 147 and 435 have newer IP IDs than frames 145 and 433 and come 207 and 227 ms later: sent again, not overtaken"
		case row["trace"] == "discard.solaris.dmp.gz" && row["conn"] == "5",
			row["trace"] == "all.snoop.gz" && row["conn"] == "12",
			row["trace"] == "bad_ack_code.dmp.gz", row["trace"] == "pcap_v2.2.dmp.gz":
			return "every packet is in the capture twice, same IP ID and bytes"
		case row["trace"] == "6syns.dmp.gz" && want-got >= -1 && want-got <= 3:
			return "tcptrace counts the repeated SYNs as repeated bytes and segments"
		case column == "initial_window_bytes" || column == "initial_window_pkts":
			return "the SYN was not captured, so what was sent first is not known: no initial window"
		case column == "max_win_adv" || column == "avg_win_adv" || column == "min_win_adv":
			return "tcptrace takes the window of a SYN too where there is no scaling"
		case column == "ambiguous_acks", column == "post-loss_acks":
			return "tcptrace calls post-loss every ACK of a segment sent before the latest repetition, and counts ACKs that end inside a segment too"
		case strings.HasPrefix(column, "RTT_full_sz"):
			return "to tcptrace a segment of one number (a byte, a SYN, a FIN) is one of 4 GiB (rtt.c: lastbyte > firstbyte), beside which no other is full"
		case column == "idletime_max" && got <= want:
			return "tcptrace counts the silence up to the end of the capture too"
		case row["trace"] == "6syns.dmp.gz" && (strings.HasSuffix(column, "_retr_time") || strings.HasPrefix(column, "RTT_")):
			return "tcptrace counts the repeated SYNs as repeated segments: our numbers are those of data"
		case row["trace"] == "discard.solaris.dmp.gz" && (row["conn"] == "1" || row["conn"] == "2") && strings.HasPrefix(column, "RTT_"):
			return "tcptrace takes the RST that refuses the SYN for its ACK"
		case row["trace"] == "discard.solaris.dmp.gz" && row["conn"] == "3" && strings.HasPrefix(column, "RTT_"):
			return "what the other program calls overtaken, so that ACKs behind it are post-loss, is a repetition: see rexmt_data_pkts"
		case row["trace"] == "rawip.dmp.gz" && strings.HasPrefix(column, "RTT_"):
			return "a clock of 10 ms: a segment and its ACK with one stamp are no round trip of 0"
		case column == "RTT_samples":
			return "tcptrace takes no sample from ACKs it calls post-loss; Karn's rule excludes only segments sent more than once"
		}
		return ""
	}
	all := reports{options: analyze.Options{Measures: true}}
	used := map[*report.Connection]bool{}
	equal := 0
	for _, row := range truth(t, "tcptrace-truth.tsv") {
		rep := all.of(t, captures(t, "tcptrace", "input", row["trace"]))
		if rep == nil {
			continue
		}
		var conn *report.Connection
		for _, c := range between(rep, row["host_a"], row["host_b"]) {
			if !used[c] {
				conn = c
				break
			}
		}
		if conn == nil {
			t.Errorf("%s: no connection %s", row["trace"], row["conn"])
			continue
		}
		used[conn] = true
		a, b := &conn.ClientToServer, &conn.ServerToClient
		if end(conn.Client) != row["host_a"] {
			a, b = b, a
		}
		for _, side := range []struct {
			name     string
			own, opp *report.Half
		}{{"a2b", a, b}, {"b2a", b, a}} {
			for column, got := range tcptraceColumns(side.own, side.opp) {
				want, err := strconv.ParseFloat(strings.TrimSuffix(row[side.name+"_"+column], " segs"), 64)
				if err != nil {
					continue
				}
				if got == int64(want) {
					equal++
				} else if why := explained(row, column, got, int64(want)); why == "" {
					t.Errorf("%s connection %s %s %s: %d, tcptrace says %v", row["trace"], row["conn"], side.name, column, got, want)
				}
			}
			for column, got := range tcptraceTimes(side.own) {
				want, err := strconv.ParseFloat(row[side.name+"_"+column], 64)
				if err != nil {
					continue
				}
				if math.Abs(got-want) < 0.25 { // tcptrace prints tenths, of averages that it rounds on the way
					equal++
				} else if why := explained(row, column, int64(got), int64(want)); why == "" {
					t.Errorf("%s connection %s %s %s: %.1f ms, tcptrace says %v (%d samples, %d full)", row["trace"], row["conn"], side.name, column, got, want, side.own.Measures.RTT.Samples, side.own.Measures.FullSizeRTT.Samples)
				}
			}
		}
	}
	t.Logf("%d counters equal", equal)
}

// tcptraceTimes are the durations that mean the same in both programs, in milliseconds.
func tcptraceTimes(own *report.Half) map[string]float64 {
	m := own.Measures
	times := map[string]float64{"RTT_from_3WHS": ms(m.HandshakeRTT), "idletime_max": ms(m.IdleMax)}
	for prefix, s := range map[string]report.Spread{"RTT_%s": m.RTT, "RTT_full_sz_%s": m.FullSizeRTT, "RTT_%s_(last)": m.RepeatedRTT, "%s_retr_time": m.RetransmitGap} {
		times[fmt.Sprintf(prefix, "min")], times[fmt.Sprintf(prefix, "max")], times[fmt.Sprintf(prefix, "avg")] = ms(s.Min), ms(s.Max), ms(s.Avg)
	}
	return times
}

func ms(s report.Seconds) float64 { return float64(s) / 1e6 }

// tcptraceColumns are the counters that mean the same in both programs.
func tcptraceColumns(own, opp *report.Half) map[string]int64 {
	return map[string]int64{
		"total_packets": int64(own.Packets), "unique_bytes_sent": int64(own.UniqueBytes),
		"actual_data_bytes": int64(own.PayloadBytes), "rexmt_data_pkts": int64(own.Retransmissions),
		"outoforder_pkts": int64(own.OutOfOrder), "resets_sent": int64(own.Resets), "zero_win_adv": int64(own.ZeroWindows),
		"duplicate_acks": int64(opp.DuplicateACKs), "RTT_samples": int64(own.RTT.Samples), "max_owin": int64(own.MaxInFlight),
		"ack_pkts_sent": int64(own.Measures.ACKSegments), "pure_acks_sent": int64(own.Measures.PureACKs),
		"sack_pkts_sent": int64(own.Measures.SACKSegments), "dsack_pkts_sent": int64(own.Measures.DSACKSegments),
		"max_sack_blks_ack": int64(own.Measures.MaxSACKBlocks), "actual_data_pkts": int64(own.Measures.DataSegments),
		"rexmt_data_bytes": int64(own.Measures.RetransmittedBytes), "zwnd_probe_pkts": int64(own.Measures.ZeroWindowProbes),
		"zwnd_probe_bytes": int64(own.Measures.ZeroWindowProbeBytes), "pushed_data_pkts": int64(own.Measures.PushedSegments),
		"urgent_data_pkts": int64(own.Measures.UrgentSegments), "max_segm_size": int64(own.Measures.MaxSegment),
		"min_segm_size": int64(own.Measures.MinSegment),
		"max_win_adv":   int64(own.Measures.MaxWindow), "min_win_adv": int64(own.Measures.MinWindow),
		"avg_win_adv": int64(own.Measures.AvgWindow), "initial_window_bytes": int64(own.Measures.InitialBytes),
		"initial_window_pkts": int64(own.Measures.InitialSegments), "ttl_stream_length": int64(own.Measures.StreamBytes),
		"truncated_data": int64(own.Measures.TruncatedBytes), "truncated_packets": int64(own.Measures.TruncatedSegments),
		"segs_cum_acked": int64(own.Measures.CumulativelyAcked), "ambiguous_acks": int64(own.Measures.AmbiguousACKs),
		"post-loss_acks": int64(own.Measures.PostLossACKs), "RTT_full_sz_smpls": int64(own.Measures.FullSizeRTT.Samples),
		"hardware_dups":  int64(own.Measures.CapturedTwice),
		"triple_dupacks": int64(own.Measures.TripleDuplicateACKs), "max_#_retrans": int64(own.Measures.MaxRetransmissions),
		"throughput": int64(own.Measures.Throughput + 0.5),
	}
}
