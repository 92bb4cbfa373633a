package flow

import "testing"

const opened = `
0     > S  0:0 mss 1460 ws 7 sackOK         -> | SYN-SENT SYN-RECEIVED
0.010 < S. 0:0 ack 1 mss 1460 ws 7 sackOK   -> | ESTABLISHED SYN-RECEIVED
0.011 > .  1:0 ack 1                        -> | ESTABLISHED ESTABLISHED
`

func TestEndings(t *testing.T) {
	for _, tt := range []struct {
		name, text         string
		kind, by, timeWait string
		outcome, history   string
		client, server     State
	}{
		{"four-way, client first", opened + `
0.020 > F. 1:0 ack 1   -> | FIN-WAIT-1 CLOSE-WAIT
0.030 < .  1:0 ack 2   -> | FIN-WAIT-2 CLOSE-WAIT
0.040 < F. 1:0 ack 2   -> | TIME-WAIT LAST-ACK
0.041 > .  2:0 ack 2   -> | TIME-WAIT CLOSED
`, "four-way", "client", "client", "SF", "ShAFaf", TimeWait, Closed},
		{"three-way, server first", opened + `
0.020 < F. 1:0 ack 1   -> | CLOSE-WAIT FIN-WAIT-1
0.021 > F. 1:0 ack 2   -> | LAST-ACK TIME-WAIT
0.030 < .  2:0 ack 2   -> | CLOSED TIME-WAIT
`, "three-way", "server", "server", "SF", "ShAfFa", Closed, TimeWait},
		{"simultaneous: neither FIN acknowledges the other", opened + `
0.020 > F. 1:0 ack 1   -> | FIN-WAIT-1 CLOSE-WAIT
0.021 < F. 1:0 ack 1   -> | CLOSING CLOSING
0.030 < .  2:0 ack 2   -> | TIME-WAIT CLOSING
0.031 > .  2:0 ack 2   -> | TIME-WAIT TIME-WAIT
`, "simultaneous", "both", "both", "SF", "ShAFfa", TimeWait, TimeWait},
		{"an ACK of the data before the FIN does not cover the FIN", opened + `
0.020 > P. 1:18 ack 1
0.021 > F. 19:0 ack 1
0.022 < .  1:0 ack 19  -> | FIN-WAIT-1 CLOSE-WAIT
0.023 < F. 1:0 ack 20  -> | TIME-WAIT LAST-ACK
0.024 > .  20:0 ack 2  -> | TIME-WAIT CLOSED
`, "three-way", "client", "client", "SF", "ShADFaf", TimeWait, Closed},
		{"half: one FIN only", opened + `
0.020 > F. 1:0 ack 1
0.030 < .  1:0 ack 2
0.040 < P. 1:100 ack 2 -> | FIN-WAIT-2 CLOSE-WAIT
`, "half", "client", "", "S2", "ShAFad", FinWait2, CloseWait},
		{"reset by the server", opened + `
0.020 > P. 1:10 ack 1
0.021 < R. 1:0 ack 11  -> | CLOSED CLOSED
`, "reset", "server", "", "RSTR", "ShADr", Closed, Closed},
		{"open at the end", opened, "none", "", "", "S1", "ShA", Established, Established},
		{"refused: no socket on the other side", `
0     > S  0:0          -> | SYN-SENT CLOSED
0.001 < R. -5000:0 ack 1 win 0 -> | CLOSED CLOSED
`, "reset", "server", "", "REJ", "Sr", Closed, Closed},
		{"never answered: nothing is known of the server", `
0 > S 0:0 id 1 -> | SYN-SENT UNKNOWN
1 > S 0:0 id 2 -> retransmission | SYN-SENT UNKNOWN
3 > S 0:0 id 3 -> retransmission | SYN-SENT UNKNOWN
`, "none", "", "", "S0", "S", SynSent, Unknown},
		{"a RST behind the window is ignored", opened + `
0.020 < P. 1:100 ack 1
0.021 > .  1:0 ack 101
0.022 < R  50:0        -> | ESTABLISHED ESTABLISHED
0.023 < P. 101:5 ack 1
`, "none", "", "", "RSTR", "ShAdr", Established, Established},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := parseStory(t, tt.text)
			convs := follow(s)
			if len(convs) != 1 {
				t.Fatalf("%d conversations, want 1", len(convs))
			}
			c := convs[0]
			checkRows(t, s, convs)
			if c.Close.Kind != tt.kind || c.Close.By != tt.by || c.Close.TimeWait != tt.timeWait {
				t.Errorf("close %q by %q, TIME-WAIT %q; want %q %q %q", c.Close.Kind, c.Close.By, c.Close.TimeWait, tt.kind, tt.by, tt.timeWait)
			}
			if c.Outcome != tt.outcome || c.History != tt.history {
				t.Errorf("outcome %s %s, want %s %s", c.Outcome, c.History, tt.outcome, tt.history)
			}
			if c.State != [2]State{tt.client, tt.server} {
				t.Errorf("final states %v, want %v %v", c.State, tt.client, tt.server)
			}
		})
	}
}
