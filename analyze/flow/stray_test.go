package flow

import "testing"

// A SYN with another number in the midst of a connection opens another one only when it is answered (RFC 5961, 4.2).
func TestStraySYN(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		frames     []uint32 // of each connection
		outcome    string   // of the first
	}{
		{"both ends go on, and close", opened + `
1     > S  90000:0
1.001 < .  1:0 ack 1
1.002 < P. 1:100 ack 1
1.020 > .  1:0 ack 101
1.030 > F. 1:0 ack 101
1.031 < F. 101:0 ack 2
1.032 > .  2:0 ack 102
`, []uint32{8, 2}, "SF"},
		{"three of them, and an RST of the last one's answer", opened + `
1     > S  90000:0
1.001 < .  1:0 ack 1
1.010 > S  80000:0
1.011 < .  1:0 ack 1
1.020 > S  70000:0
1.021 < R. 0:0 ack 70001
1.022 > P. 1:9 ack 1
`, []uint32{4, 2, 2, 2}, "S1"},
		{"the client restarted, and the server still sends to it", opened + `
1     > S  90000:0
1.001 < P. 1:100 ack 1
1.002 < .  101:0 ack 1
1.003 > R  1:0
2     > S  90000:0
2.001 < S. 7000:0 ack 90001
2.002 > .  90001:0 ack 7001
`, []uint32{4, 6}, "S1"},
		{"the server had forgotten the connection", opened + `
1     > S  90000:0
1.001 < R. 0:0 ack 90001
`, []uint32{3, 2}, "S1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, longWay := range []bool{false, true} {
				s := parseStory(t, tt.text)
				frames, outcome := map[uint32]uint32{}, ""
				table := Table{longWay: longWay, Done: func(c *Conversation) {
					if frames[c.ID] = c.Frames; c.ID == 0 {
						outcome = c.Outcome
					}
				}}
				for i := range s.segments {
					table.Segment(&s.segments[i])
				}
				table.Finish()
				if outcome != tt.outcome || len(frames) != len(tt.frames) {
					t.Errorf("frames %v and outcome %s, want %v and %s", frames, outcome, tt.frames, tt.outcome)
				}
				for id, n := range tt.frames {
					if frames[uint32(id)] != n {
						t.Errorf("connection %d has %d frames, want %d", id, frames[uint32(id)], n)
					}
				}
			}
		})
	}
}
