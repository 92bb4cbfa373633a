package reset

import (
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// idleBeforeFIN is how long end had neither sent nor received data when it sent its FIN; what the FIN does not acknowledge
// crossed it on the way.
func idleBeforeFIN(c *diagnose.Case, end flow.Dir) time.Duration {
	fin := c.Half(end).FIN
	at := c.Half(end).FINTime
	var knows wire.Seq
	if row := c.Row(fin); row != nil {
		knows = row.Ack
	}
	var last *flow.Row
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Frame >= fin {
			break
		}
		if r.Len > 0 && (r.Dir == end || !knows.Less(r.End())) {
			last = r
		}
	}
	if last == nil {
		return 0
	}
	return at.Sub(last.Time)
}

// idleBefore is how long no data had passed when the row was sent, 0 when that was not kept.
func idleBefore(c *diagnose.Case, to *flow.Row) time.Duration {
	var last *flow.Row
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Frame >= to.Frame {
			break
		}
		if r.Len > 0 || r.Flags.Any(wire.SYN) {
			last = r
		}
	}
	if last == nil {
		return 0
	}
	return to.Time.Sub(last.Time)
}
