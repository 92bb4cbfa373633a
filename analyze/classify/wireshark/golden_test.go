package wireshark

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// handshake opens a connection: the client's ISN is 1000, the server's 5000, the round trip 10 ms.
const handshake = `
0   > S  0:0 0 1000
10  < SA 0:0 1 1000
10  > A  1:0 1 1000
`

// golden are exchanges with what tshark 4.0.17 says of them, so that the rules are held where there is no tshark. A line
// of a script is: milliseconds, direction, flags, seq:len, ack, window; numbers are relative to the ISNs.
var golden = []struct{ name, script, want string }{
	{"a refused SYN is tried again", `
0    > S  0:0 0 1000
0.1  < RA -5000:0 1 0
1000 > S  0:0 0 1000
1000.1 < RA -5000:0 1 0`,
		"3: retransmission rto=1s@1"},
	{"… with another ISN", `
0    > S  0:0 0 1000
0.1  < RA -5000:0 1 0
1000 > S  77:0 0 1000`,
		"3: reused_ports"},
	{"a SYN-ACK after a RST", `
0    > S  0:0 0 1000
0.1  < RA -5000:0 1 0
20   < SA 0:0 1 1000
20.1 > A  1:0 1 1000
21   > PA 1:100 1 1000`,
		"3: reused_ports"},
	{"a segment late by less than the round trip", handshake + `
20 > A 1:100 1 1000
21 > A 201:100 1 1000
25 > A 101:100 1 1000`,
		"5: lost_segment\n6: out_of_order"},
	{"… by more", handshake + `
20 > A 1:100 1 1000
21 > A 201:100 1 1000
41 > A 101:100 1 1000`,
		"5: lost_segment\n6: retransmission rto=21ms@4"},
	{"three duplicate ACKs, then the segment within 20 ms", handshake + fiveAndDupAcks + `
52 > A 101:100 1 1000`,
		dupAcks + "13: retransmission fast_retransmission"},
	{"… after 20.1 ms", handshake + fiveAndDupAcks + `
62.2 > A 101:100 1 1000`,
		dupAcks + "13: retransmission rto=41.7ms@5"},
	{"one duplicate ACK is not enough", handshake + `
20   > A 1:100 1 1000
20.1 > A 101:100 1 1000
20.2 > A 201:100 1 1000
30   < A 1:0 101 1000
30.1 < A 1:0 101 1000
30.2 > A 201:100 1 1000
20.5 > A 101:100 1 1000`,
		"8: duplicate_ack #1@7\n9: retransmission rto=10.1ms@5\n10: out_of_order"},
	{"what was acknowledged comes again", handshake + `
20  > A 1:100 1 1000
30  < A 1:0 101 1000
330 > A 1:100 1 1000
340 < A 1:0 101 1000`,
		"6: retransmission spurious_retransmission\n7: duplicate_ack #1@5"},
	{"a keep-alive and its answer", handshake + `
20    > A 1:100 1 1000
30    < A 1:0 101 1000
60000 > A 100:0 1 1000
60010 < A 1:0 101 1000`,
		"6: keep_alive\n7: keep_alive_ack"},
	{"one byte sent twice", handshake + `
20  > A 1:1 1 1000
250 > A 1:1 1 1000`,
		"5: keep_alive"},
	{"a closed window, probed with no data", handshake + `
20  > A 1:100 1 1000
30  < A 1:0 101 0
230 > A 100:0 1 1000
240 < A 1:0 101 0`,
		"5: zero_window\n6: keep_alive\n7: zero_window"},
	{"… with one byte", handshake + `
20  > A 1:100 1 1000
30  < A 1:0 101 0
230 > A 101:1 1 1000
240 < A 1:0 101 0`,
		"5: zero_window\n6: zero_window_probe\n7: zero_window zero_window_probe_ack"},
	{"… which the receiver takes", handshake + `
20  > A 1:100 1 1000
30  < A 1:0 101 0
230 > A 101:1 1 1000
240 < A 1:0 102 0
450 > A 102:1 1 1000`,
		"5: zero_window\n6: zero_window_probe\n7: ack_lost_segment zero_window\n8: lost_segment"},
	{"data up to the edge of the window", handshake + `
20 > A 1:400 1 1000
20 > A 401:400 1 1000
20 > A 801:200 1 1000`,
		"6: window_full"},
	{"… and one byte more", handshake + `
20 > A 1:400 1 1000
20 > A 401:400 1 1000
20 > A 801:201 1 1000`,
		""},
	{"a segment with old and new data", handshake + `
20 > A 1:100 1 1000
45 > A 51:100 1 1000
55 < A 1:0 151 1000
56 > A 150:50 1 1000
66 < A 1:0 200 1000`,
		"5: retransmission rto=25ms@4\n6: ack_lost_segment\n8: ack_lost_segment"},
	{"an ACK that a FIN overtook", handshake + `
20 > FA 1:0 1 1000
21 > A  1:0 1 1000`,
		"4: fin_active\n5: keep_alive"},
	{"both ends close", handshake + `
20 > FA 1:0 1 1000
30 < FA 1:0 2 1000
40 > A  2:0 2 1000`,
		"4: fin_active\n5: fin_passive"},
}

const fiveAndDupAcks = `
20   > A 1:100 1 1000
20.5 > A 101:100 1 1000
21   > A 201:100 1 1000
21   > A 301:100 1 1000
21   > A 401:100 1 1000
40   < A 1:0 101 1000
41   < A 1:0 101 1000
42   < A 1:0 101 1000
42.1 < A 1:0 101 1000
`

const dupAcks = "10: duplicate_ack #1@9\n11: duplicate_ack #2@9\n12: duplicate_ack #3@9\n"

// TestGoldenWithTshark shows the golden cases to tshark, all in one file and each on a port of its own.
func TestGoldenWithTshark(t *testing.T) {
	needTshark(t)
	var frames []invented
	got := make(map[uint32]judged)
	a := New()
	for i, c := range golden {
		for _, s := range script(t, c.script) {
			s.Frame = uint32(len(frames) + 1)
			for _, port := range []*uint16{&s.SrcPort, &s.DstPort} {
				if *port != 80 {
					*port += uint16(i)
				}
			}
			frames = append(frames, invented{segment: s})
			frames[len(frames)-1].judge(a, got)
		}
	}
	file := filepath.Join(t.TempDir(), "golden.pcap")
	if err := os.WriteFile(file, encodePcap(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	values := 0
	for _, line := range append(compare(t, file, columns(), got, &values), compareCompleteness(t, file, a, got)...) {
		t.Error(line)
	}
}

func TestGolden(t *testing.T) {
	for _, c := range golden {
		a := New()
		var got []string
		for _, s := range script(t, c.script) {
			if said := describe(a.Segment(&s)); said != "" {
				got = append(got, fmt.Sprintf("%d: %s", s.Frame, said))
			}
		}
		if text := strings.Join(got, "\n"); text != c.want {
			t.Errorf("%s:\n%s\nWireshark says:\n%s", c.name, text, c.want)
		}
	}
}

// describe prints what Wireshark would say of a segment, "" when it has no remark.
func describe(r Result) string {
	var words []string
	r.Marks.Each(func(m Marks) { words = append(words, strings.TrimPrefix(m.Field(), "tcp.analysis.")) })
	if r.DupAckNum > 0 {
		words = append(words, fmt.Sprintf("#%d@%d", r.DupAckNum, r.DupAckFrame))
	}
	if r.RTOFrame > 0 {
		words = append(words, fmt.Sprintf("rto=%s@%d", r.RTO, r.RTOFrame))
	}
	if r.FINActive {
		words = append(words, "fin_active")
	}
	if r.FINPassive {
		words = append(words, "fin_passive")
	}
	return strings.Join(words, " ")
}
