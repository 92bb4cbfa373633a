package slow

import (
	"strings"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/capture/calls"
)

// Cork200ms: the sender's socket is corked, so a segment that is not full waits for the kernel's timer of 200 ms.
//
// TCP_CORK and MSG_MORE (tcp(7), send(2)) hold back less than a full segment; RFC 9293, 3.7.4 would let Nagle's algorithm
// send it with the next ACK, a cork does not.
var Cork200ms = &diagnose.Rule{
	ID: "cork-200ms", Title: "the last segment waited 200 ms, because the sender's socket is corked",
	Symptom: diagnose.Slow, Needs: diagnose.ClientCalls | diagnose.ServerCalls,
	Cause:      "TCP_CORK, or MSG_MORE on the last send, tells the kernel to wait for more. None comes, and a timer sends the rest after 200 ms.",
	Fix:        "clear TCP_CORK when the message is complete, and leave MSG_MORE out of its last send:  strace -f -e trace=setsockopt,sendto -p PID",
	Refs:       []string{"tcp(7) TCP_CORK", "send(2) MSG_MORE", "RFC 9293 3.7.4"},
	Scenario:   "cork-200ms",
	LookAlikes: []string{"nagle-delayed-ack"},
	Judge:      corked,
}

// The kernel's timer for corked data, and how late it may be.
const (
	corkLow  = 180 * time.Millisecond
	corkHigh = 300 * time.Millisecond
)

func corked(c *diagnose.Case) diagnose.Verdict {
	if len(c.Calls) == 0 {
		return diagnose.Unjudged("the system calls of the sender")
	}
	for _, end := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		asked := corks(c, end)
		if asked == nil {
			continue
		}
		for _, send := range c.CallsOf(end) {
			if !calls.Sends(send.Op) || send.N <= 0 || send.Number < asked.Number {
				continue
			}
			row := firstSince(c, end, send)
			if row == nil || row.Time.Sub(send.Begin) < corkLow || row.Time.Sub(send.Begin) > corkHigh {
				continue
			}
			return diagnose.Verdict{Level: diagnose.Certain, Why: "sent 200 ms after its call, on a corked socket",
				Frames: []uint32{row.Frame}, Calls: []uint32{asked.Number, send.Number},
				Evidence: []string{"the " + end.Sender() + "'s socket is corked: " + asked.Op + "(" + asked.Args + ") (call " + diagnose.Num(asked.Number) + ")",
					"its " + diagnose.Count(send.N, "byte") + " leave only " + diagnose.Took(row.Time.Sub(send.Begin)) + " after " + send.Op + "() (call " +
						diagnose.Num(send.Number) + ") " + diagnose.Seg(row.Frame)}}
		}
	}
	return diagnose.Ruled("no corked socket sent its data late")
}

// corks is the call by which end's program corked its socket, nil when there is none.
func corks(c *diagnose.Case, end flow.Dir) *calls.Call {
	for _, call := range c.CallsOf(end) {
		if strings.Contains(call.Args, "TCP_CORK") && call.Op == "setsockopt" || strings.Contains(call.Args, "MSG_MORE") {
			return call
		}
	}
	return nil
}

// firstSince is the first data of end after a call began.
func firstSince(c *diagnose.Case, end flow.Dir, call *calls.Call) *flow.Row {
	return c.FirstAfter(0, end, func(r *flow.Row) bool { return diagnose.Data(r) && r.Time > call.Begin })
}
