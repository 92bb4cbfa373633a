package harmless

import (
	"strings"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture/calls"
)

// everyday makes the rule of something that looks odd in a capture and is as it should be. It is told to those who ask for it, and
// as what another cause is not.
func everyday(id, title, cause string, judge func(*diagnose.Case) diagnose.Verdict, refs ...string) *diagnose.Rule {
	return &diagnose.Rule{ID: id, Title: title, Symptom: diagnose.Harmless, Quiet: true, Needs: diagnose.BothDirections,
		Cause: cause, Fix: "nothing is wrong", Refs: refs, Scenario: id, Judge: judge}
}

// The everyday things.
var (
	HalfClose = everyday("half-close", "one end has finished sending and goes on receiving, as TCP allows",
		"shutdown(SHUT_WR) sends a FIN; the other end may go on sending for any time.", halfClose, "RFC 9293 3.6")
	SimultaneousClose = everyday("simultaneous-close", "both ends closed at the same time: their FINs crossed",
		"Each end acknowledges the other's FIN, and both wait in TIME-WAIT.", simultaneousClose, "RFC 9293 3.6")
	DelayedACKOnly = everyday("delayed-ack-only", "an ACK came late, and nobody waited for it",
		"A receiver may hold an ACK back for data of its own, or for a second segment: 40 ms on Linux, 200 ms elsewhere.", delayedACK, "RFC 9293 3.8.6.3", "RFC 1122 4.2.3.2")
	KeepaliveOK = everyday("keepalive-ok", "keep-alive probes, and the other end answers",
		"SO_KEEPALIVE asks an idle connection whether its other end is still there.", keepaliveOK, "RFC 9293 3.8.4")
	ShutdownRD = everyday("shutdown-rd", "a program does not want to receive any more; the other end is not told",
		"shutdown(SHUT_RD) sends nothing, and Linux goes on acknowledging what comes.", shutdownRD, "shutdown(2)")
	SillyWindowAvoided = everyday("silly-window-avoided", "the receiver kept its window closed until there was room for a full segment",
		"A program that reads a few bytes at a time does not open the window by as few: that would make tiny segments.", sillyWindow, "RFC 9293 3.8.6.2.2")
	WindowScalingOK = everyday("window-scaling-ok", "more than 64 KiB were in flight: window scaling works",
		"Both ends offered window scaling, so the window of 16 bits counts larger units.", windowScaling, "RFC 7323 2")
)

func halfClose(c *diagnose.Case) diagnose.Verdict {
	for _, end := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		fin := c.Half(end)
		if fin.FIN == 0 || fin.FINAcked == 0 {
			continue
		}
		more := c.FirstAfter(fin.FINAcked-1, end.Other(), func(r *flow.Row) bool { return diagnose.Data(r) && fin.NextSeq.LessEq(r.Ack) })
		if more == nil || c.Reset() != nil && c.Reset().Dir == end {
			continue
		}
		return diagnose.Verdict{Level: diagnose.Certain, Why: "data after the other end's FIN", Frames: []uint32{fin.FIN, more.Frame},
			Evidence: []string{"the " + end.Sender() + " sends its FIN " + diagnose.Seg(fin.FIN), "the " + end.Other().Sender() + ", which has acknowledged it, goes on sending " + diagnose.Seg(more.Frame)}}
	}
	return diagnose.Ruled("no end went on sending after the other had finished")
}

func simultaneousClose(c *diagnose.Case) diagnose.Verdict {
	a, b := c.Half(flow.ToServer), c.Half(flow.ToClient)
	if c.Conv.Close.Kind != "simultaneous" {
		return diagnose.Ruled("the FINs did not cross")
	}
	return diagnose.Verdict{Level: diagnose.Certain, Why: "the FINs crossed", Frames: []uint32{a.FIN, b.FIN},
		Evidence: []string{"neither FIN acknowledges the other: " + diagnose.Seg(a.FIN) + " and " + diagnose.Seg(b.FIN)}}
}

// A delayed ACK is at least held, and at most by held's limit (RFC 1122, 4.2.3.2: half a second).
const (
	heldLeast = 35 * time.Millisecond
	heldMost  = 500 * time.Millisecond
)

func delayedACK(c *diagnose.Case) diagnose.Verdict {
	for i := 1; i < len(c.Conv.Rows); i++ {
		r, before := &c.Conv.Rows[i], &c.Conv.Rows[i-1]
		held := r.Time.Sub(before.Time) - c.Conv.Handshake.RTT
		if !diagnose.Pure(r) || !diagnose.Data(before) || before.Dir == r.Dir || r.Ack != before.End() || held < heldLeast || held > heldMost {
			continue
		}
		next := c.FirstAfter(r.Frame, before.Dir, diagnose.Data)
		if next != nil && next.Time.Sub(r.Time) < heldLeast/2 {
			return diagnose.Ruled("the " + before.Dir.Sender() + " waited for the late ACK: its next data follows at once " + diagnose.Seg(next.Frame))
		}
		return diagnose.Verdict{Level: diagnose.Strong, Why: "a late ACK, and nothing follows it at once", Frames: []uint32{before.Frame, r.Frame},
			Evidence: []string{"the ACK of segment " + diagnose.Num(before.Frame) + " comes " + diagnose.Took(r.Time.Sub(before.Time)) + " later, and nothing waited for it " + diagnose.Seg(r.Frame)}}
	}
	return diagnose.Ruled("no ACK came late")
}

func keepaliveOK(c *diagnose.Case) diagnose.Verdict {
	for _, end := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		probe := c.FirstAfter(0, end, func(r *flow.Row) bool { return r.Marks.Any(classify.KeepAlive) })
		if probe == nil {
			continue
		}
		answer := c.FirstAfter(probe.Frame, end.Other(), func(r *flow.Row) bool { return r.Marks.Any(classify.KeepAliveAck) })
		if answer == nil {
			return diagnose.Ruled("a keep-alive probe was not answered " + diagnose.Seg(probe.Frame))
		}
		return diagnose.Verdict{Level: diagnose.Certain, Why: "a probe and its answer", Frames: []uint32{probe.Frame, answer.Frame},
			Evidence: []string{"the " + end.Sender() + " probes " + diagnose.Seg(probe.Frame) + ", and the " + end.Other().Sender() + " answers " + diagnose.Seg(answer.Frame)}}
	}
	return diagnose.Ruled("no keep-alive probe was sent")
}

func shutdownRD(c *diagnose.Case) diagnose.Verdict {
	if len(c.Calls) == 0 {
		return diagnose.Unjudged("the system calls: nothing of it is on the wire")
	}
	for _, end := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		for _, call := range c.CallsOf(end) {
			if stopsReceiving(call) {
				return diagnose.Verdict{Level: diagnose.Certain, Why: "shutdown(SHUT_RD)", Calls: []uint32{call.Number},
					Evidence: []string{"the " + end.Sender() + " calls shutdown(" + call.Args + ") (call " + diagnose.Num(call.Number) + "), and no segment says so"}}
			}
		}
	}
	return diagnose.Ruled("no program called shutdown(SHUT_RD)")
}

func stopsReceiving(call *calls.Call) bool {
	return call.Op == "shutdown" && call.Errno == 0 && strings.Contains(call.Args, "SHUT_RD") && !strings.Contains(call.Args, "SHUT_RDWR")
}

func sillyWindow(c *diagnose.Case) diagnose.Verdict {
	for _, end := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		shut := c.FirstAfter(0, end, func(r *flow.Row) bool { return r.Marks.Any(classify.ZeroWindow) && !r.Flags.Any(wire.RST) })
		if shut == nil {
			continue
		}
		open := c.FirstAfter(shut.Frame, end, func(r *flow.Row) bool { return r.Window > 0 && !r.Flags.Any(wire.RST) })
		mss := uint32(c.Half(end).SYN.MSS)
		if open == nil || mss == 0 || open.Window+12 < mss {
			return diagnose.Ruled("the window did not open again, or by less than a full segment")
		}
		return diagnose.Verdict{Level: diagnose.Strong, Why: "closed, then open by a full segment or more", Frames: []uint32{shut.Frame, open.Frame},
			Evidence: []string{"the " + end.Sender() + "'s window is 0 " + diagnose.Seg(shut.Frame) + ", and the next one is " + diagnose.Num(open.Window) + ", no less than a full segment " + diagnose.Seg(open.Frame)}}
	}
	return diagnose.Ruled("no window closed")
}

func windowScaling(c *diagnose.Case) diagnose.Verdict {
	syn, synack := c.SYN(), c.SYNACK()
	switch {
	case !syn.Seen || !synack.Seen:
		return diagnose.Unjudged("both SYNs of the connection")
	case syn.Options&synack.Options&wire.HasWindowScale == 0:
		return diagnose.Ruled("not both ends offered window scaling")
	}
	for _, end := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		if h := c.Half(end); h.MaxInFlight > 65535 {
			return diagnose.Verdict{Level: diagnose.Certain, Why: "more in flight than 16 bits can say", Frames: []uint32{syn.Frame, synack.Frame, h.LastData},
				Evidence: []string{"the " + end.Sender() + " had " + diagnose.Num(h.MaxInFlight) + " bytes in flight, more than a window without scaling allows " + diagnose.Seg(h.LastData)}}
		}
	}
	return diagnose.Ruled("never more than 64 KiB were in flight")
}
