package slow

import (
	"strings"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// NagleDelayedACK: a small segment waits for the ACK of the one before, and that ACK is delayed.
//
// Nagle's algorithm (RFC 9293, 3.7.4) holds a small segment back while another is unacknowledged; the receiver delays its
// ACK (RFC 9293, 3.8.6.3) in the hope of data to carry it, on Linux 40 ms. Two writes and a read meet both.
var NagleDelayedACK = &diagnose.Rule{
	ID: "nagle-delayed-ack", Title: "small writes wait for delayed ACKs: 40 ms each (Nagle's algorithm)",
	Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause:      "The program sends one message in two small writes. The second one is held back until the first is acknowledged, and the receiver delays that ACK.",
	Fix:        "send each message with one call (writev, a buffer), or set TCP_NODELAY in the sending program",
	Refs:       []string{"RFC 9293 3.7.4", "RFC 9293 3.8.6.3", "RFC 1122 4.2.3.2", "RFC 1122 4.2.3.4"},
	Scenario:   "nagle-delayed-ack",
	LookAlikes: []string{"delayed-ack-only", "server-think-time", "loss-rto", "zero-window"},
	Judge:      nagle,
}

// A delayed ACK comes 40 ms after the data on Linux, up to 200 ms elsewhere; the held segment follows it at once.
const (
	delayedLow  = 30 * time.Millisecond
	delayedHigh = 250 * time.Millisecond
	atOnce      = 5 * time.Millisecond
	beside      = time.Millisecond       // what a kernel takes at most, seen beside it
	longWay     = 150 * time.Millisecond // a round trip beside which a delayed ACK is not to be told
)

func nagle(c *diagnose.Case) diagnose.Verdict {
	var frames []uint32
	var total time.Duration
	farOff, distant := 0, 0
	rows := c.Conv.Rows
	for i := 0; i+2 < len(rows); i++ {
		first, ack, second := &rows[i], &rows[i+1], &rows[i+2]
		if wait, far := held(c, first, ack, second); wait > 0 {
			frames = append(frames, first.Frame, ack.Frame, second.Frame)
			total += wait
			if far {
				farOff++
			}
			if c.Half(first.Dir).RTT.Min > delayedLow {
				distant++
			}
		}
	}
	chance := 3*farOff == len(frames) && farOff < 3 || 3*distant == len(frames) && distant < 3
	if len(frames) == 0 || chance { // a round trip after the ACK, or on a long way: once or twice that is chance
		return diagnose.Ruled("no small segment was sent just when a delayed ACK came")
	}
	dir := c.Row(frames[0]).Dir
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "a delayed ACK releases a small segment", Frames: frames,
		Evidence: []string{"the " + dir.Sender() + " sends a small segment " + diagnose.Seg(frames[0]) + "; its ACK comes " +
			diagnose.Took(c.Row(frames[1]).Time.Sub(c.Row(frames[0]).Time)) + " later " + diagnose.Seg(frames[1]) +
			", and only then the next small segment follows " + diagnose.Seg(frames[2]),
			"this happens " + diagnose.Times(len(frames)/3) + " in the segments at hand and costs " + diagnose.Took(total) + " " + diagnose.Seg(frames[len(frames)-1])}}
	return v
}

// held is the time that the second of two small segments waited for the ACK of the first, 0 when it did not; far says that
// the capture was made beside the receiver, where the second comes a round trip after the ACK.
func held(c *diagnose.Case, first, ack, second *flow.Row) (waited time.Duration, far bool) {
	if c.Conv.Gap > 0 && first.Frame < c.Conv.Rows[c.Conv.GapAt].Frame && second.Frame >= c.Conv.Rows[c.Conv.GapAt].Frame {
		return 0, false
	}
	mss := uint32(c.Half(first.Dir.Other()).SYN.MSS)
	if mss == 0 {
		mss = 2 * 536 // RFC 9293, 3.7.1: what is taken without the option
	}
	small := func(r *flow.Row) bool { return diagnose.Data(r) && r.Len < mss/2 && r.Marks == 0 }
	if !small(first) || !small(second) || !diagnose.Pure(ack) || ack.Dir == first.Dir || second.Dir != first.Dir || ack.Ack != first.End() {
		return 0, false
	}
	rtt := c.Half(first.Dir).RTT.Min
	wait := ack.Time.Sub(first.Time) - min(rtt, ack.Time.Sub(first.Time)/2)
	if rtt > delayedLow { // what is beyond the round trip was held
		wait = ack.Time.Sub(first.Time) - rtt
	}
	behind := second.Time.Sub(ack.Time)
	back := c.Half(ack.Dir).RTT.Min
	soon := atOnce
	if back > 0 && back < beside {
		soon = beside
	}
	far = c.Conv.Vantage != first.Dir.Sender() && behind > atOnce && back > atOnce && behind >= back && behind < back+back/2+atOnce
	if rtt > longWay || rtt > delayedLow && wait < delayedLow || wait < delayedLow-delayedLow/3 || wait > delayedHigh || behind < 0 || behind > soon && !far {
		return 0, false
	}
	if ack.Time.Sub(first.Time) < delayedLow || askedLate(c, ack, second) {
		return 0, false
	}
	return wait, far
}

// askedLate reports whether the program handed the second segment over only when the ACK came, by its calls: then nothing
// held it back.
func askedLate(c *diagnose.Case, ack, second *flow.Row) bool {
	late := false
	for _, call := range c.CallsOf(second.Dir) {
		if (strings.HasPrefix(call.Op, "send") || strings.HasPrefix(call.Op, "write")) && call.N > 0 && call.Begin <= second.Time {
			late = ack.Time.Sub(call.Begin) < delayedLow/3
		}
	}
	return late
}
