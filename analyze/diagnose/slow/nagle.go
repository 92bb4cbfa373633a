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

// stalled is a small segment that waited for the ACK of the one before.
type stalled struct {
	first, ack, second *flow.Row
	wait               time.Duration
}

func nagle(c *diagnose.Case) diagnose.Verdict {
	var list []stalled
	farOff, distant := 0, 0
	rows := c.Conv.Rows
	for i := 0; i+2 < len(rows); i++ {
		s := stalled{first: &rows[i], ack: &rows[i+1], second: &rows[i+2]}
		var far bool
		if s.wait, far = held(c, s.first, s.ack, s.second); s.wait > 0 {
			list = append(list, s)
			if far {
				farOff++
			}
			if c.Half(s.first.Dir).RTT.Min > delayedLow {
				distant++
			}
		}
	}
	chance := farOff == len(list) && farOff < 3 || distant == len(list) && distant < 3
	if len(list) == 0 || chance { // a round trip after the ACK, or on a long way: once or twice that is chance
		return diagnose.Ruled("no small segment was sent just when a delayed ACK came")
	}
	v := nagleEvidence(list)
	for i := range list {
		if answered(c, &list[i]) {
			return v
		}
	}
	// Nobody answers: how long a program that tells what happens had waited is not to be seen.
	if pace := ownPace(c, list); pace > 0 {
		return diagnose.Ruled("its program speaks every " + diagnose.Took(pace) + " anyway: the ACK came about when it was about to")
	}
	if len(list) > 1 && list[0].second == list[1].first {
		v.Level, v.Severity = diagnose.Likely, "note"
		v.Evidence = append(v.Evidence, "nobody answers in between: what its program writes one after the other goes out with the ACKs "+diagnose.Seg(list[1].second.Frame))
	}
	return v
}

func nagleEvidence(list []stalled) diagnose.Verdict {
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "a delayed ACK releases a small segment"}
	var total time.Duration
	for i := range list {
		v.Frames = append(v.Frames, list[i].first.Frame, list[i].ack.Frame, list[i].second.Frame)
		total += list[i].wait
	}
	first, ack, second := list[0].first, list[0].ack, list[0].second
	v.Evidence = []string{"the " + first.Dir.Sender() + " sends a small segment " + diagnose.Seg(first.Frame) + "; its ACK comes " +
		diagnose.Took(ack.Time.Sub(first.Time)) + " later " + diagnose.Seg(ack.Frame) + ", and only then the next small segment follows " + diagnose.Seg(second.Frame),
		"this happens " + diagnose.Times(len(list)) + " in the segments at hand and costs " + diagnose.Took(total) + " " + diagnose.Seg(list[len(list)-1].second.Frame)}
	return v
}

// answered reports whether the other end speaks next: it had waited for the segment that was held back.
func answered(c *diagnose.Case, s *stalled) bool {
	for i := range c.Conv.Rows {
		if r := &c.Conv.Rows[i]; r.Frame > s.second.Frame && diagnose.Data(r) {
			return r.Dir != s.second.Dir
		}
	}
	return false
}

// ownPace is the time between two messages of a program that speaks by its own clock, 0 when it does not: what was held back
// came no later than a quarter after others of it that nothing held back.
func ownPace(c *diagnose.Case, list []stalled) time.Duration {
	slowest := time.Duration(0)
	back := map[uint32]bool{}
	for i := range list {
		slowest = max(slowest, list[i].second.Time.Sub(list[i].first.Time))
		back[list[i].second.Frame] = true
	}
	var last *flow.Row
	n, total := 0, time.Duration(0)
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if c.Conv.Gap > 0 && i == c.Conv.GapAt {
			last = nil
		}
		if !diagnose.Data(r) {
			continue
		}
		if last != nil && last.Dir == r.Dir && r.Dir == list[0].first.Dir && !back[r.Frame] {
			if apart := r.Time.Sub(last.Time); 4*apart > 3*slowest && 4*apart < 5*slowest {
				n, total = n+1, total+apart
			}
		}
		last = r
	}
	if n < 2 {
		return 0
	}
	return total / time.Duration(n)
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
	far = (c.Conv.Vantage != first.Dir.Sender() || arrivesHere(c, first.Dir)) && behind > atOnce && back > atOnce && behind >= back && behind < back+back/2+atOnce
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
