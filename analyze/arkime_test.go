package analyze_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"tcplab/analyze"
	"tcplab/analyze/report"
)

// arkimeColumns are what Arkime counts in a session of two ends, in the order of count.
var arkimeColumns = strings.Fields("src_pkts dst_pkts syn syn_ack ack psh rst fin urg srcZero dstZero")

// A session of Arkime is a pair of ends until it was silent for long: what it counts is ours of all of their connections.
func TestArkimeSessions(t *testing.T) {
	all := reports{options: analyze.Options{Segments: true}}
	want, first := arkimeSessions(t)
	equal := 0
	for pair, counts := range want {
		rep := all.of(t, captures(t, "arkime", "tests", "pcap", pair.trace))
		if rep == nil {
			continue
		}
		got := arkimeCounts(between(rep, pair.src, pair.dst), pair.src)
		for i, n := range counts {
			if got[i] != n {
				t.Errorf("%s: %s > %s: %s %d, Arkime says %d", pair.trace, pair.src, pair.dst, arkimeColumns[i], got[i], n)
				continue
			}
			equal++
		}
		arkimeTimes(t, pair, first[pair], between(rep, pair.src, pair.dst))
	}
	t.Logf("%d counters of %d pairs of ends equal", equal, len(want))
}

// arkimePair is two ends in a capture.
type arkimePair struct{ trace, src, dst string }

// arkimeSessions returns what Arkime counted between two ends, and their first row.
func arkimeSessions(t *testing.T) (counts map[arkimePair][]int, first map[arkimePair]map[string]string) {
	t.Helper()
	counts, first = map[arkimePair][]int{}, map[arkimePair]map[string]string{}
	for _, row := range truth(t, "arkime-truth.tsv") {
		pair := arkimePair{row["trace"], row["src_ip"] + ":" + row["src_port"], row["dst_ip"] + ":" + row["dst_port"]}
		if counts[pair] == nil {
			counts[pair], first[pair] = make([]int, len(arkimeColumns)), row
		}
		for i, column := range arkimeColumns {
			n, err := strconv.Atoi(row[column])
			if err != nil {
				t.Fatalf("%s: %s: %v", row["trace"], column, err)
			}
			counts[pair][i] += n
		}
	}
	return counts, first
}

// arkimeCounts counts segments of connections as Arkime does: a SYN, and a RST that its receiver ignores, counts as nothing
// else, and an ACK where it is the only flag of FIN, RST, PSH, SYN and ACK.
func arkimeCounts(conns []*report.Connection, src string) []int {
	n := make([]int, len(arkimeColumns))
	for _, c := range conns {
		for _, s := range c.Segments {
			from := 0
			if (s.Dir == "c2s") != (end(c.Client) == src) {
				from = 1
			}
			n[from]++
			has := func(flag string) bool { return strings.Contains(s.Flags, flag) }
			if s.WinRaw == 0 && !has("R") {
				n[9+from]++
			}
			for i, counts := range []bool{has("S") && !has("."), has("S") && has("."), !has("S") && s.Flags == "." || s.Flags == ".U",
				!has("S") && has("P"), !has("S") && has("R"), !has("S") && has("F"), has("U")} {
				if counts {
					n[2+i]++
				}
			}
		}
	}
	return n
}

// arkimeTimes compares the round trip of the handshake, of which Arkime prints the half in whole milliseconds, from the first
// SYN on.
func arkimeTimes(t *testing.T, pair arkimePair, row map[string]string, conns []*report.Connection) {
	t.Helper()
	half, err := strconv.Atoi(row["initRTT"])
	if err != nil || len(conns) == 0 || conns[0].Handshake == nil || conns[0].Handshake.ACK == 0 {
		return
	}
	c := conns[0]
	var syn, ack time.Duration
	for _, s := range c.Segments {
		switch s.Frame {
		case c.Handshake.SYN:
			syn = time.Duration(s.Time)
		case c.Handshake.ACK:
			ack = time.Duration(s.Time)
		}
	}
	if got := (ack - syn) / 2; got < time.Duration(half-1)*time.Millisecond || got > time.Duration(half+1)*time.Millisecond {
		t.Errorf("%s: %s > %s: half of the handshake took %v, Arkime says %d ms", pair.trace, pair.src, pair.dst, got, half)
	}
}
