package flow

import (
	"strings"
	"testing"
)

func TestMarks(t *testing.T) {
	for _, tt := range []struct{ name, text, why string }{
		{"timeout: back-off counts from the previous copy", opened + `
0.100 > P. 1:100 ack 1
0.400 > P. 1:100 ack 1 id 20  -> retransmission
1.000 > P. 1:100 ack 1 id 21  -> retransmission
`, "600ms after frame 5: its retransmission timer ran out, attempt 3"},
		{"fast: three duplicate ACKs ask for it", opened + `
0.100 > .  1:100 ack 1
0.101 > .  101:100 ack 1
0.102 > .  201:100 ack 1
0.103 > .  301:100 ack 1
0.110 < .  1:0 ack 1 sack 101-201   -> duplicate-ack
0.111 < .  1:0 ack 1 sack 101-301   -> duplicate-ack
0.112 < .  1:0 ack 1 sack 101-401   -> duplicate-ack
0.113 > .  1:100 ack 1 id 30        -> fast-retransmission
`, "because 3 duplicate ACKs asked for it"},
		{"SACK hole: the second hole is not at the acknowledged number", opened + `
0.100 > .  1:100 ack 1
0.101 > .  101:100 ack 1
0.102 > .  201:100 ack 1
0.103 > .  301:100 ack 1
0.112 < .  1:0 ack 1 sack 101-201 sack 301-401 -> duplicate-ack
0.113 > .  201:100 ack 1 id 30      -> fast-retransmission
`, "SACK shows later bytes arrived and these did not"},
		{"a SYN,ACK of another server after the handshake changes nothing", opened + `
0.100 > P. 1:100 ack 1
0.110 < S. 100000:0 ack 1 id 9
0.111 > .  101:0 ack 1
0.120 < P. 1:50 ack 101
0.130 < P. 1:50 ack 101 id 30 -> retransmission
`, ""},
		{"what was sent later had arrived (RFC 8985)", opened + `
0.100 > .  1:100 ack 1
0.101 > .  101:100 ack 1
0.102 > .  201:100 ack 1
0.110 < .  1:0 ack 1 sack 101-201      -> duplicate-ack
0.111 < .  1:0 ack 1 sack 101-301      -> duplicate-ack
0.112 > .  1:100 ack 1 id 30           -> fast-retransmission
0.113 > .  301:100 ack 1
0.114 > .  401:100 ack 1
0.122 < .  1:0 ack 301
0.125 > .  501:100 ack 1
0.134 < .  1:0 ack 401
0.135 < .  1:0 ack 401 sack 501-601    -> duplicate-ack
0.136 > .  401:100 ack 1 id 31         -> fast-retransmission
`, "SACK shows later bytes"},
		{"the flight is sent again after the timer ran out", opened + `
0.100 > .  1:100 ack 1
0.101 > .  101:100 ack 1
0.102 > .  201:100 ack 1
0.400 > .  1:100 ack 1 id 30           -> retransmission
0.410 < .  1:0 ack 101
0.411 > .  101:100 ack 1 id 31         -> retransmission
0.412 > .  201:100 ack 1 id 32         -> retransmission
`, "on their way when the timer ran out (frame 7)"},
		{"a window probe that crossed the opening of the window", opened + `
0.100 > P. 1:999 ack 1 ts 100 50
0.110 < .  1:0 ack 1000 win 0 ts 110 100    -> zero-window
0.310 < .  1:0 ack 1000 win 1000 ts 310 100 -> window-update
0.315 > .  999:0 ack 1 ts 314 110           -> zero-window-probe
`, "which the sender did not have yet"},
		{"spurious: it had been acknowledged", opened + `
0.100 > P. 1:100 ack 1
0.110 < .  1:0 ack 101
0.300 > P. 1:100 ack 1 id 30        -> spurious-retransmission
0.310 < .  1:0 ack 101              -> duplicate-ack
`, ""},
		{"overtaken on the path: the IP ID is older", opened + `
0.100 > .  1:100 ack 1 id 100
0.101 > .  201:100 ack 1 id 102     -> lost-segment
0.150 > .  101:100 ack 1 id 101     -> out-of-order
`, "its IP ID is older"},
		{"overtaken: the timestamp is older, however late", opened + `
0.100 > .  1:100 ack 1 ts 10 5 id 0
0.101 > .  201:100 ack 1 ts 12 5 id 0 -> lost-segment
0.400 > .  101:100 ack 1 ts 11 5 id 0 -> out-of-order
`, "its timestamp is older"},
		{"lost before the capture point, sent again", opened + `
0.100 > .  1:100 ack 1 id 100
0.101 > .  201:100 ack 1 id 102     -> lost-segment
0.150 > .  101:100 ack 1 id 103     -> retransmission
`, "the first copy was lost before it was captured"},
		{"the copy before was lost, the receiver asked for it", opened + `
0.100 > .  1:100 ack 1
0.101 > .  201:100 ack 1 id 102     -> lost-segment
0.102 > .  301:100 ack 1 id 103
0.103 > .  401:100 ack 1 id 104
0.104 < .  1:0 ack 101
0.105 < .  1:0 ack 101              -> duplicate-ack
0.106 < .  1:0 ack 101              -> duplicate-ack
0.107 < .  1:0 ack 101              -> duplicate-ack
0.120 > .  101:100 ack 1 id 105     -> fast-retransmission
`, "the receiver's ACKs asked for it"},
		{"captured twice: same IP ID and bytes", opened + `
0.100     > P. 1:100 ack 1 id 77 sum 7
0.100020  > P. 1:100 ack 1 id 77 sum 7 -> duplicate-capture
`, "the capture holds this packet twice"},
		{"SYN-ACKs without an IP ID, both answered: a repetition, however soon", `
0         > S  0:0
1         > S  0:0 id 2                        -> retransmission
1.010     < S. 0:0 ack 1 id 0 sum 7
1.010010  > .  1:0 ack 1
1.010070  < S. 0:0 ack 1 id 0 sum 7            -> retransmission
`, "SYN,ACK sent again"},
		{"acknowledged but never captured: the capture lost it", opened + `
0.100 > P. 1:100 ack 1
0.110 < .  1:0 ack 201              -> ack-unseen
0.120 > P. 201:100 ack 1
`, ""},
		{"captured after its ACK: two queues wrote in turn", opened + `
0.100    > P. 1:100 ack 1
0.100010 < .  1:0 ack 201           -> ack-unseen
0.100012 > P. 101:100 ack 1         -> captured-late
`, "the capture wrote the two in the wrong order"},
		{"acknowledged long before it is sent", opened + `
0.100 > P. 1:100 ack 1
0.110 < .  1:0 ack 201              -> ack-unseen
0.400 > P. 101:100 ack 1            -> captured-late
`, "that ACK is not the receiver's"},
		{"its first copy arrived uncaptured, and it is sent again", opened + `
0.100 > P. 1:100 ack 1
0.101 > P. 201:100 ack 1            -> lost-segment
0.110 < .  1:0 ack 301
0.400 > P. 101:100 ack 1            -> spurious-retransmission
`, "had acknowledged them"},
		{"zero window, Linux probes below the next number, update", opened + `
0.100 > .  1:100 ack 1
0.101 < .  1:0 ack 101 win 0        -> zero-window
0.301 > .  100:0 ack 1              -> zero-window-probe
0.302 < .  1:0 ack 101 win 0        -> zero-window zero-window-probe-ack
0.400 < .  1:0 ack 101 win 500      -> window-update
`, ""},
		{"zero window, probe with one byte", opened + `
0.100 > .  1:100 ack 1
0.101 < .  1:0 ack 101 win 0        -> zero-window
0.301 > .  101:1 ack 1              -> zero-window-probe
0.302 < .  1:0 ack 101 win 0        -> zero-window zero-window-probe-ack
`, ""},
		{"keep-alive and its answer", opened + `
0.100 > P. 1:100 ack 1
0.101 < .  1:0 ack 101
75    > .  100:0 ack 1              -> keep-alive
75.01 < .  1:0 ack 101              -> keep-alive-ack
`, ""},
		{"one byte sent again before it is acknowledged is no keep-alive", opened + `
0.100 > P. 1:1 ack 1
0.400 > P. 1:1 ack 1 id 30          -> retransmission
`, ""},
		{"a late ACK after the FIN is no keep-alive", opened + `
0.100 > F. 1:0 ack 1
0.101 > .  1:0 ack 1
`, ""},
		{"window full", `
0     > S  0:0 mss 1460
0.010 < S. 0:0 ack 1 mss 1460
0.011 > .  1:0 ack 1
0.020 > .  1:500 ack 1
0.021 > .  501:500 ack 1            -> window-full
`, "to the last byte"},
		{"longer than the MSS is offload", opened + `
0.015 < .  1:0 ack 1 win 600        -> window-update
0.020 > .  1:2920 ack 1             -> offload
`, "longer than the MSS"},
		{"FIN again", opened + `
0.100 > F. 1:0 ack 1
0.300 > F. 1:0 ack 1 id 30          -> retransmission
`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := parseStory(t, tt.text)
			convs := follow(s)
			checkRows(t, s, convs)
			rows := convs[len(convs)-1].Rows
			last := rows[len(rows)-1]
			text := strings.Join(reasons(&last), "; ")
			if !strings.Contains(text, tt.why) {
				t.Errorf("reason %q, want it to say %q", text, tt.why)
			}
		})
	}
}
