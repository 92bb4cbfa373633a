package slow

import (
	"syscall"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture/calls"
)

// ZeroWindow: the receiver's buffer was full, because its program did not read: the sender had to stop.
//
// RFC 9293, 3.8.6: the window says how much may be sent; at 0 the sender probes (3.8.6.1).
var ZeroWindow = &diagnose.Rule{
	ID: "zero-window", Aliases: []string{"slow-reader", "zero-window-user-timeout"}, Title: "the receiver's program reads too slowly: its window closed",
	Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause:      "The receiving program does not keep up, or stops reading for a while. Its kernel's buffer fills up and it advertises window 0.",
	Fix:        "make the reader faster, or read in a thread of its own; watch it:  ss -tim 'sport = :PORT' (Recv-Q, rwnd_limited); nstat -az TcpExtTCPToZeroWindowAdv",
	Refs:       []string{"RFC 9293 3.8.6", "RFC 9293 3.8.6.1"},
	Scenario:   "zero-window",
	LookAlikes: []string{"rcvbuf-limited", "deadlock-send", "loss-rto"},
	Judge:      zeroWindow,
}

func zeroWindow(c *diagnose.Case) diagnose.Verdict {
	a, b := c.Half(flow.ToServer), c.Half(flow.ToClient)
	if a.ZeroWindows+b.ZeroWindows == 0 {
		return slowReader(c)
	}
	if a.ZeroWindows > 0 && b.ZeroWindows > 0 && shutAtEnd(c, flow.ToServer) && shutAtEnd(c, flow.ToClient) {
		return diagnose.Ruled("both windows closed: a deadlock")
	}
	reader := flow.ToServer
	if b.ZeroWindows > a.ZeroWindows {
		reader = flow.ToClient
	}
	h := c.Half(reader)
	if sender := c.Half(reader.Other()); sender.PayloadBytes+sender.ZeroWindowProbes == 0 && !c.Conv.OneWay {
		return diagnose.Ruled("nothing was sent into the window that closed")
	}
	v := diagnose.Verdict{Level: diagnose.Certain, Why: "window 0 was advertised", Frames: []uint32{h.LastFrame},
		Evidence: []string{"the " + reader.Sender() + " advertised window 0 " + diagnose.Times(h.ZeroWindows) + ": its program did not read"}}
	if shut := firstMarked(c, reader, classify.ZeroWindow); shut != nil {
		v.Frames = []uint32{shut.Frame}
		v.Evidence[0] += ", first " + diagnose.Seg(shut.Frame)
		open := c.FirstAfter(shut.Frame, reader, func(r *flow.Row) bool { return r.Window > 0 && r.Flags.Any(wire.ACK) })
		if open != nil {
			v.Frames = append(v.Frames, open.Frame)
			v.Evidence = append(v.Evidence, "it opened again "+diagnose.Took(open.Time.Sub(shut.Time))+" later "+diagnose.Seg(open.Frame))
		}
	} else {
		v.Evidence[0] += " " + diagnose.Seg(h.LastFrame)
	}
	if shut, opened := shutFor(c, reader); opened && shut < blink {
		v.Severity = "note"
	}
	if call := gaveUpWaiting(c, reader.Other()); call != nil {
		v.Variant, v.Title, v.Severity = "zero-window-user-timeout", "the receiver's window stayed closed until the sender's own timeout ended", "error"
		v.Calls = append(v.Calls, call.Number)
		v.Evidence = append(v.Evidence, diagnose.SeenBy(call)+", although the receiver answers (call "+diagnose.Num(call.Number)+")")
	} else if n := scarce(c, reader); n > 0 {
		v.Variant, v.Title = "slow-reader", "the receiver's program reads slowly all the time: its window stays nearly closed"
		v.Evidence = append(v.Evidence, "of its segments at hand "+diagnose.Num(n)+", most of them, leave less than a third of its window "+diagnose.Seg(h.LastFrame))
	}
	return v
}

// slowReader judges a window that never closes but stays nearly closed, and full: a program that reads a little at a time opens
// it a little at a time.
func slowReader(c *diagnose.Case) diagnose.Verdict {
	for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		h, reader := c.Half(d), d.Other()
		n := scarce(c, reader)
		if n == 0 || h.WindowFulls < often || !h.ScaleKnown || h.Retransmissions > h.WindowFulls {
			continue
		}
		return diagnose.Verdict{Level: diagnose.Strong, Why: "the window stays nearly closed", Variant: "slow-reader",
			Title: "the receiver's program reads slowly all the time: its window stays nearly closed", Frames: []uint32{h.FirstData, h.LastData, c.Half(reader).LastFrame},
			Evidence: []string{"the " + d.Sender() + " filled the " + reader.Sender() + "'s window " + diagnose.Times(h.WindowFulls) + ", between segments " +
				diagnose.Num(h.FirstData) + " and " + diagnose.Num(h.LastData),
				"of the " + reader.Sender() + "'s segments at hand " + diagnose.Num(n) + ", most of them, leave less than a third of its window: its program makes " +
					"room slowly " + diagnose.Seg(c.Half(reader).LastFrame)}}
	}
	return diagnose.Ruled("no window closed")
}

// blink is a time for which nobody minds a closed window.
const blink = 10 * time.Millisecond

// shutFor is how long in all the window of end was 0, as far as kept, and whether it opened again each time.
func shutFor(c *diagnose.Case, end flow.Dir) (all time.Duration, opened bool) {
	var shut *flow.Row
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		switch closed := r.Window == 0; {
		case r.Dir != end || !r.Flags.Any(wire.ACK) || r.Flags.Any(wire.RST|wire.SYN) || closed == (shut != nil):
		case closed:
			shut = r
		default:
			all, shut = all+r.Time.Sub(shut.Time), nil
		}
	}
	return all, shut == nil && c.Conv.Gap == 0
}

// paced is how many ACKs make a reader's pace, and not a pause.
const paced = 12

// scarce counts the segments of end that advertise less than a third of the largest window it had, 0 unless they are most: who
// stops reading for once shuts the window and opens it wide.
func scarce(c *diagnose.Case, end flow.Dir) int {
	if few, all := nearlyClosed(c, end); few >= paced && 2*few >= all {
		return few
	}
	return 0
}

// nearlyClosed counts the segments of end, and those that advertise less than a third of the largest window it had.
func nearlyClosed(c *diagnose.Case, end flow.Dir) (few, all int) {
	most := uint32(0)
	for i := range c.Conv.Rows {
		if r := &c.Conv.Rows[i]; r.Dir == end && !r.Flags.Any(wire.RST) {
			most = max(most, r.Window)
		}
	}
	probed := false
	for i := range c.Conv.Rows {
		switch r := &c.Conv.Rows[i]; {
		case r.Dir != end:
			probed = r.Marks.Any(classify.ZeroWindowProbe)
		case r.Flags.Any(wire.RST|wire.SYN) || probed:
		default:
			all++
			if 3*r.Window < most {
				few++
			}
		}
	}
	return few, all
}

// gaveUpWaiting is the call of end that failed with ETIMEDOUT, nil when none did.
func gaveUpWaiting(c *diagnose.Case, end flow.Dir) *calls.Call {
	for _, call := range c.CallsOf(end) {
		if call.Errno == syscall.ETIMEDOUT {
			return call
		}
	}
	return nil
}

func firstMarked(c *diagnose.Case, sender flow.Dir, marks classify.Marks) *flow.Row {
	return c.FirstAfter(0, sender, func(r *flow.Row) bool { return r.Marks.Any(marks) })
}

// DeadlockSend: both ends write and neither reads: both windows are closed.
var DeadlockSend = &diagnose.Rule{
	ID: "deadlock-send", Title: "both ends write and neither reads: both windows are closed", Symptom: diagnose.Slow, Also: []diagnose.Symptom{diagnose.OddEnding},
	Needs: diagnose.BothDirections,
	Cause: "Each program wants to finish writing before it reads. Both buffers are full, so both wait for ever.",
	Fix:   "read while writing (poll, threads), or take turns;  ss -tn 'sport = :PORT'  shows Recv-Q and Send-Q full at both ends",
	Refs:  []string{"RFC 9293 3.8.6"}, Scenario: "deadlock-send", LookAlikes: []string{"zero-window"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		a, b := c.Half(flow.ToServer), c.Half(flow.ToClient)
		if a.ZeroWindows == 0 || b.ZeroWindows == 0 || !shutAtEnd(c, flow.ToServer) || !shutAtEnd(c, flow.ToClient) {
			return diagnose.Ruled("the two windows were not both closed at the end")
		}
		return diagnose.Verdict{Level: diagnose.Certain, Severity: "error", Why: "both windows are 0", Frames: []uint32{a.LastFrame, b.LastFrame},
			Evidence: []string{"the client's last window is 0 " + diagnose.Seg(a.LastFrame) + ", and the server's is 0 " + diagnose.Seg(b.LastFrame)}}
	},
}

// shutAtEnd reports whether the last window that end advertised was 0; a RST advertises none.
func shutAtEnd(c *diagnose.Case, end flow.Dir) bool {
	last := c.LastBefore(c.Conv.LastFrame+1, end, func(r *flow.Row) bool { return !r.Flags.Any(wire.RST | wire.FIN) })
	return last != nil && last.Window == 0
}

// RcvbufLimited: the sender filled the receiver's window again and again: throughput is window over round trip.
var RcvbufLimited = &diagnose.Rule{
	ID: "rcvbuf-limited", Title: "the receiver's window limits the speed", Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "The receive buffer is smaller than bandwidth times round trip; often because the program set SO_RCVBUF, which switches autotuning off.",
	Fix:   "remove SO_RCVBUF or raise it; sysctl net.ipv4.tcp_rmem; ss -ti (rwnd_limited)",
	Refs:  []string{"RFC 9293 3.8.6", "RFC 7323 1.1"}, Scenario: "rcvbuf-limited", LookAlikes: []string{"zero-window", "no-window-scaling"},
	Judge: rcvbufLimited,
}

// longerQueue is why a window that is full does not limit the speed.
const longerQueue = "the round trip grows with what is in flight: a larger window would only lengthen the queue"

// queuesUp reports whether the round trips of a direction are far longer than that of the handshake, or than its early ones.
func queuesUp(c *diagnose.Case, h *flow.Half) bool {
	path := c.Conv.Handshake.RTT
	return climbs(h) || path > 0 && h.RTT.Samples >= fewTrips && h.RTT.Median >= 2*path && h.RTT.Median-path >= standing/10
}

// often is how many full windows make a limit.
const often = 5

func rcvbufLimited(c *diagnose.Case) diagnose.Verdict {
	for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		h := c.Half(d)
		if h.WindowFulls < often || !h.ScaleKnown || c.Half(d.Other()).ZeroWindows > 0 || h.Retransmissions > h.WindowFulls {
			continue
		}
		if few, all := nearlyClosed(c, d.Other()); few >= often && 2*few >= all {
			return diagnose.Ruled("most of the window stays closed: its reader makes room slowly")
		}
		if queuesUp(c, h) {
			return diagnose.Ruled(longerQueue)
		}
		return diagnose.Verdict{Level: diagnose.Strong, Why: "the window was filled again and again", Frames: []uint32{h.FirstData, h.LastData},
			Evidence: []string{"the " + d.Sender() + " filled the window " + diagnose.Times(h.WindowFulls) + ", with " + diagnose.Num(h.MaxInFlight) +
				" bytes in flight at most, between segments " + diagnose.Num(h.FirstData) + " and " + diagnose.Num(h.LastData)}}
	}
	return diagnose.Ruled("no window was filled again and again")
}

// NoWindowScaling: without window scaling no more than 65535 bytes can be in flight (RFC 7323, 1.1).
var NoWindowScaling = &diagnose.Rule{
	ID: "no-window-scaling", Title: "no window scaling: at most 64 KiB a round trip", Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "One end did not offer window scaling (an old box, SYN cookies without timestamps, a middlebox that removes the option).",
	Fix:   "sysctl net.ipv4.tcp_window_scaling; nstat -az TcpExtSyncookiesSent;  compare the SYN-ACK at both ends",
	Refs:  []string{"RFC 7323 1.1", "RFC 7323 2.2"}, Scenario: "no-window-scaling", Implies: []string{"rcvbuf-limited"}, LookAlikes: []string{"rcvbuf-limited", "wscale-stripped"},
	Judge: noWindowScaling,
}

func noWindowScaling(c *diagnose.Case) diagnose.Verdict {
	syn, synack := c.SYN(), c.SYNACK()
	const scale = wire.HasWindowScale
	switch {
	case !syn.Seen || !synack.Seen:
		return diagnose.Unjudged("both SYNs of the connection")
	case (syn.Options|synack.Options)&wire.CutOptions != 0:
		return diagnose.Unjudged("the options of both SYNs: the snap length cut them")
	case syn.Options&scale != 0 && synack.Options&scale != 0:
		return diagnose.Ruled("both ends offered window scaling")
	}
	for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		if h := c.Half(d); h.MaxInFlight > 50000 && h.WindowFulls > 0 {
			if queuesUp(c, h) {
				return diagnose.Ruled(longerQueue)
			}
			return diagnose.Verdict{Level: diagnose.Strong, Why: "the window's 64 KiB were used up", Frames: []uint32{syn.Frame, synack.Frame, h.LastData},
				Evidence: []string{"window scaling: offered by the client " + yes(syn.Options&scale != 0) + " " + diagnose.Seg(syn.Frame) +
					", by the server " + yes(synack.Options&scale != 0) + " " + diagnose.Seg(synack.Frame),
					diagnose.Count(h.MaxInFlight, "byte") + " were in flight at most, and filled the window " + diagnose.Seg(h.LastData)}}
		}
	}
	return diagnose.Ruled("the window was large enough for what was sent")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
