package flow

import (
	"testing"
	"time"

	"tcplab/analyze/classify"
)

func TestLimits(t *testing.T) {
	s := parseStory(t, `
0     > S  0:0 mss 100 ws 0
0.010 < S. 0:0 ack 1 mss 100 ws 0 win 150
0.020 > .  1:0 ack 1 win 150
0.020 > .  1:100 ack 1
0.040 < .  1:0 ack 101 win 150
1.040 > .  101:50 ack 1
1.050 < .  1:0 ack 151 win 1000
1.050 > .  151:100 ack 1
1.080 < .  1:0 ack 251 win 1000
`)
	var got *Measures
	table := Table{Keep: Keep{Measure: true}, Done: func(c *Conversation) { got = c.Half[ToServer].Measures }}
	for i := range s.segments {
		table.Segment(&s.segments[i])
	}
	table.Finish()
	for limit, want := range map[classify.Limit]time.Duration{
		classify.ByWindow:      20 * time.Millisecond, // 100 of 150 bytes are in flight: no room for another 100
		classify.ByApplication: time.Second,
		classify.ByNetwork:     40 * time.Millisecond,
	} {
		if got.Limited[limit] != want {
			t.Errorf("limit %d: %v, want %v", limit, got.Limited[limit], want)
		}
	}
	if got.InitialBytes != 100 || got.InitialSegments != 1 || got.DataSegments != 3 || got.MaxSegment != 100 || got.MinSegment != 50 {
		t.Errorf("%+v", got)
	}
}
