package slow

import (
	"fmt"
	"strings"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture/calls"
)

// SlowStart: the transfer was over before TCP had found out how much the path carries.
//
// It begins with an initial window and may double each round trip (RFC 5681, 3.1; RFC 6928). "Opportunity-limited" in T-RAT.
var SlowStart = byRounds("slow-start", "the transfer ended while TCP was still speeding up (slow start)",
	"A new connection sends ten segments in its first round trip and twice as much in each one after. A short transfer over a long path never gets to full speed.",
	"keep connections open and use them again; serve from nearer;  ip route change … initcwnd 30  for paths that are known to carry it",
	[]string{"RFC 5681 3.1", "RFC 6928"}, []string{"rcvbuf-limited", "application-limited", "slow-start-after-idle"}, slowStart)

// SlowStartAfterIdle: after a pause the sender began again with an initial window.
//
// What it knew of the path is stale after one timeout without data (RFC 5681, 4.1; RFC 7661 is kinder).
var SlowStartAfterIdle = byRounds("slow-start-after-idle", "after a pause the sender began slowly again (slow start after idle)",
	"Linux forgets the congestion window of a connection that was idle for longer than its retransmission timeout.",
	"sysctl -w net.ipv4.tcp_slow_start_after_idle=0  at the sender",
	[]string{"RFC 5681 4.1", "RFC 7661"}, []string{"slow-start", "application-limited", "loss-rto"}, slowStartAfterIdle)

// SndbufLimited: the same amount is in flight round after round, though window and path would take more.
//
// A sender keeps what is not acknowledged (RFC 9293, 3.8.1), so its buffer bounds what can be in flight.
var SndbufLimited = byRounds("sndbuf-limited", "the sender's buffer limits the speed",
	"SO_SNDBUF (which switches autotuning off), or net.ipv4.tcp_wmem, is smaller than bandwidth times round trip.",
	"remove SO_SNDBUF or raise it; sysctl net.ipv4.tcp_wmem;  ss -ti (sndbuf_limited, notsent)",
	[]string{"RFC 9293 3.8.1", "socket(7) SO_SNDBUF"}, []string{"rcvbuf-limited", "application-limited", "slow-start"}, sndbufLimited)

// ApplicationLimited: the sender's program hands over little at a time, with pauses, and nothing else is in the way.
//
// T-RAT's most frequent class (Zhang, Breslau, Paxson, Shenker, SIGCOMM 2002).
var ApplicationLimited = byRounds("application-limited", "the sender's program produces the data slowly",
	"Each burst is delivered before the next one is written: the network waits for the program.",
	"profile the producer; nothing in the network helps;  ss -ti (app_limited)",
	[]string{"RFC 9293 3.8.6", "RFC 7661"}, []string{"sndbuf-limited", "server-think-time", "client-think-time"}, applicationLimited)

func byRounds(id, title, cause, fix string, refs, alike []string, judge func(*diagnose.Case, flow.Dir, []round) diagnose.Verdict) *diagnose.Rule {
	return &diagnose.Rule{
		ID: id, Title: title, Symptom: diagnose.Slow, Pace: true, Needs: diagnose.BothDirections, Cause: cause, Fix: fix, Refs: refs, Scenario: id, LookAlikes: alike,
		Judge: func(c *diagnose.Case) diagnose.Verdict {
			d := flow.ToServer
			if c.Half(flow.ToClient).PayloadBytes > c.Half(d).PayloadBytes {
				d = flow.ToClient
			}
			switch h := c.Half(d); {
			case h.PayloadBytes < 4*uint64(segment(c, d)) || h.RTT.Samples == 0:
				return diagnose.Ruled("hardly anything was sent")
			case id == "application-limited" && arrivesHere(c, d):
				return diagnose.Unjudged("a capture at the sender: what is in flight does not show beside the receiver")
			case h.Retransmissions > 0 || h.WindowFulls > 0 || c.Half(d.Other()).ZeroWindows > 0:
				return diagnose.Ruled("losses or the receiver's window set the pace")
			}
			if c.Rounds == nil {
				c.Rounds = rounds(c, d)
			}
			return judge(c, d, c.Rounds.([]round))
		},
	}
}

// arrivesHere reports whether data of d is acknowledged far sooner than a round trip takes: the capture was made where it
// arrives, and every pause of the network looks like one of the sender's program.
func arrivesHere(c *diagnose.Case, d flow.Dir) bool {
	back := max(c.Half(d.Other()).RTT.Min, c.Conv.Handshake.RTT)
	return back > atOnce && c.Half(d).RTT.Median < back/4
}

// round is what was sent between a segment and its ACK.
type round struct {
	first, last *flow.Row
	flight      uint32        // the most that was unacknowledged
	pause       time.Duration // how long nothing at all was in flight before it
	asked       bool          // the other end had spoken since the round before
}

// rounds follows the sender's round trips as far as rows were kept without a gap.
func rounds(c *diagnose.Case, d flow.Dir) []round {
	rows := c.Conv.Rows
	if c.Conv.Gap > 0 {
		rows = rows[:c.Conv.GapAt]
	}
	list := make([]round, 0, 8)
	var next, acked, end wire.Seq
	var emptied *flow.Row
	asked := true
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Marks.Any(classify.DuplicateCapture):
		case r.Dir != d:
			asked = asked || diagnose.Data(r)
			if r.Flags.Any(wire.ACK) && acked.Less(r.Ack) {
				acked = r.Ack
				if next.LessEq(acked) {
					emptied = r
				}
			}
		case diagnose.Data(r):
			if len(list) == 0 || end.LessEq(acked) && !r.Seq.Less(end) {
				list = append(list, round{first: r, asked: asked})
				if emptied != nil && next.LessEq(acked) {
					list[len(list)-1].pause = r.Time.Sub(emptied.Time)
				}
				asked = false
				end = 0
			}
			next = next.Max(r.End())
			now := &list[len(list)-1]
			now.last, now.flight = r, max(now.flight, uint32(max(next.Sub(max(acked, list[0].first.Seq)), 0)))
			if end == 0 {
				end = r.End() // the round lasts until its first segment is acknowledged
			}
		}
	}
	return list
}

// segment is the largest payload that d sends.
func segment(c *diagnose.Case, d flow.Dir) uint32 {
	if mss := c.Half(d.Other()).SYN.MSS; mss != 0 {
		return uint32(mss)
	}
	return 1460
}

// initialWindow is what a connection may send at first, with some slack for what its first ACKs release.
func initialWindow(c *diagnose.Case, d flow.Dir) uint32 { return 12 * segment(c, d) }

func slowStart(c *diagnose.Case, d flow.Dir, list []round) diagnose.Verdict {
	const least = 3 // round trips that grow
	if len(list) < least+1 || list[0].flight > initialWindow(c, d) || list[0].flight < 2*segment(c, d) || trip(c, d) < 5*time.Millisecond {
		return diagnose.Ruled("fewer than three round trips in a row show the sender speed up")
	}
	for i := 1; i < len(list)-1; i++ { // the last one is what was left
		if list[i].flight < list[i-1].flight+list[i-1].flight/4 || list[i].pause > 2*trip(c, d) {
			return diagnose.Ruled("the sender does not speed up from one round trip to the next until the end")
		}
	}
	if list[len(list)-2].flight < 3*list[0].flight {
		return diagnose.Ruled("the sender does not speed up by much")
	}
	return diagnose.Verdict{Level: diagnose.Likely, Severity: "note", Why: "the flight grows each round trip until the end", Frames: []uint32{list[0].first.Frame, list[len(list)-1].last.Frame},
		Evidence: []string{"the " + d.Sender() + " has " + flights(list) + " bytes in flight in turn, from segment " + diagnose.Num(list[0].first.Frame) + " on",
			"nothing is lost, and the window would take more " + diagnose.Seg(list[len(list)-1].last.Frame)}}
}

// flights lists what was in flight in the first few rounds.
func flights(list []round) string {
	var all []string
	for i := range list[:min(len(list), 6)] {
		all = append(all, diagnose.Num(list[i].flight))
	}
	return strings.Join(all, ", ")
}

// trip is the time of a round trip of d's data.
func trip(c *diagnose.Case, d flow.Dir) time.Duration {
	return max(c.Half(d).RTT.Min, c.Conv.Handshake.RTT)
}

func slowStartAfterIdle(c *diagnose.Case, d flow.Dir, list []round) diagnose.Verdict {
	const idle = 200 * time.Millisecond // Linux's least timeout
	for i := 1; i+1 < len(list); i++ {
		r := &list[i]
		before := list[i-1].flight
		if i > 1 {
			before = max(before, list[i-2].flight)
		}
		if r.pause < max(idle, trip(c, d)) || before < 2*initialWindow(c, d) || r.flight > initialWindow(c, d) || r.flight < 4*segment(c, d) ||
			list[i+1].flight < r.flight+r.flight/3 || list[i+1].pause > trip(c, d) {
			continue
		}
		return diagnose.Verdict{Level: diagnose.Strong, Severity: "note", Why: "a small flight after a pause, then growth", Frames: []uint32{r.first.Frame, list[i+1].last.Frame},
			Evidence: []string{"the " + d.Sender() + " had " + diagnose.Count(before, "byte") + " in flight before a pause of " + diagnose.Took(r.pause) + " " + diagnose.Seg(list[i-1].last.Frame),
				"after it only " + diagnose.Num(r.flight) + ", then " + diagnose.Num(list[i+1].flight) + " " + diagnose.Seg(r.first.Frame)}}
	}
	return diagnose.Ruled("no pause is followed by a smaller flight that grows again")
}

func sndbufLimited(c *diagnose.Case, d flow.Dir, list []round) diagnose.Verdict {
	const least = 8
	if len(list) < least+3 || trip(c, d) < 2*time.Millisecond {
		return diagnose.Ruled("too few round trips")
	}
	steady := list[2 : len(list)-1]
	low, high := steady[0].flight, steady[0].flight
	for i := range steady {
		low, high = min(low, steady[i].flight), max(high, steady[i].flight)
		if steady[i].pause > trip(c, d)/8 { // less is the program's way back from a call that had waited for room
			return diagnose.Ruled("at times nothing was in flight: the program had nothing to send")
		}
	}
	switch window := c.Half(d.Other()).LastWindow; {
	case high-low > high/8:
		return diagnose.Ruled("what is in flight changes from one round trip to the next")
	case window < 2*high || !c.Half(d).ScaleKnown:
		return diagnose.Ruled("the receiver's window is not twice what is in flight, or not known")
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Severity: "note", Why: "a constant flight below the window, without loss", Frames: []uint32{steady[0].first.Frame, steady[len(steady)-1].last.Frame},
		Evidence: []string{"in " + diagnose.Num(len(steady)) + " round trips the " + d.Sender() + " has " + diagnose.Num(low) + " to " + diagnose.Count(high, "byte") + " in flight, the window is " +
			diagnose.Num(c.Half(d.Other()).LastWindow) + ", and nothing is lost " + diagnose.Seg(steady[0].first.Frame)}}
	if asked := buffer(c, d, high); asked != nil {
		v.Level, v.Calls = diagnose.Certain, []uint32{asked.Number}
		v.Evidence = append(v.Evidence, "its program set the size: setsockopt("+asked.Args+") (call "+diagnose.Num(asked.Number)+")")
	}
	return v
}

// buffer is the call by which end set a send buffer that flight bytes fill at least by half, nil when there is none: of what it is asked
// for the kernel takes twice as much, and needs some itself (socket(7)).
func buffer(c *diagnose.Case, end flow.Dir, flight uint32) *calls.Call {
	for _, call := range c.CallsOf(end) {
		at := strings.Index(call.Args, "SO_SNDBUF, [")
		if call.Op != "setsockopt" || at < 0 {
			continue
		}
		var size uint32
		if n, _ := fmt.Sscanf(call.Args[at:], "SO_SNDBUF, [%d]", &size); n == 1 && size <= 2*flight {
			return call
		}
	}
	return nil
}

func applicationLimited(c *diagnose.Case, _ flow.Dir, list []round) diagnose.Verdict {
	const least = 5
	var waited time.Duration
	var longest *round
	n := 0
	for i := range list[min(1, len(list)):] {
		r := &list[i+1]
		if r.asked || r.pause < 20*time.Millisecond {
			continue
		}
		n++
		if waited += r.pause; longest == nil || r.pause > longest.pause {
			longest = r
		}
	}
	if n < least || waited*2 < c.Conv.Duration() {
		return diagnose.Ruled("the sender's program is not what the connection mostly waits for")
	}
	dir := longest.first.Dir
	return diagnose.Verdict{Level: diagnose.Likely, Severity: "note", Why: "pauses of the sender with nothing in flight", Frames: []uint32{list[0].first.Frame, longest.first.Frame},
		Evidence: []string{diagnose.Times(n) + " the " + dir.Sender() + " sends nothing although all was delivered and nobody spoke, " + diagnose.Took(waited) + " of " +
			diagnose.Took(c.Conv.Duration()) + ", at most " + diagnose.Took(longest.pause) + " before " + strings.Trim(diagnose.Seg(longest.first.Frame), "()")}}
}
