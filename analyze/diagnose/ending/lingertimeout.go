package ending

import (
	"fmt"
	"strings"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/capture/calls"
)

// LingerTimeout: close() waited as long as SO_LINGER says for data to be acknowledged, and gave up waiting, not sending.
//
// POSIX lets close() block up to l_linger seconds. Linux then returns 0 all the same; the data may never have arrived.
var LingerTimeout = &diagnose.Rule{
	ID: "linger-timeout", Title: "close() waited out SO_LINGER, and its data was still not acknowledged",
	Symptom: diagnose.OddEnding, Also: []diagnose.Symptom{diagnose.Slow}, Needs: diagnose.ClientCalls | diagnose.ServerCalls,
	Cause:      "The program set SO_LINGER with a time above 0 and closed while data was in flight to an end that does not take it. close() returns 0 when the time is over: success proves nothing.",
	Fix:        "do not read delivery into close(): shutdown(SHUT_WR), then recv() until 0, or an answer of the protocol;  strace -f -e trace=setsockopt,close -p PID",
	Refs:       []string{"socket(7) SO_LINGER", "RFC 1122 4.2.2.13"},
	Scenario:   "linger-timeout",
	LookAlikes: []string{"linger0-client", "linger0-server", "retries2-timeout"},
	Judge:      lingerTimeout,
}

func lingerTimeout(c *diagnose.Case) diagnose.Verdict {
	if len(c.Calls) == 0 {
		return diagnose.Unjudged("the system calls of the end that closed")
	}
	for _, end := range [...]flow.Dir{flow.ToClient, flow.ToServer} {
		asked, limit := lingers(c, end)
		closed := closeCall(c, end)
		if asked == nil || closed == nil || closed.End == 0 || closed.Duration() < limit-limit/20 {
			continue
		}
		acked := c.Half(end).FINAcked
		if row := c.Row(acked); row != nil && row.Time <= closed.End {
			continue
		}
		return diagnose.Verdict{Level: diagnose.Certain, Why: "close() waited SO_LINGER out", Frames: []uint32{c.Half(end).LastFrame}, Calls: []uint32{asked.Number, closed.Number},
			Evidence: []string{"the " + end.Sender() + " lets close() wait: setsockopt(" + asked.Args + ") (call " + diagnose.Num(asked.Number) + ")",
				"close() returns after " + diagnose.Took(closed.Duration()) + " (call " + diagnose.Num(closed.Number) + "), and its last segments are not acknowledged by then " +
					diagnose.Seg(c.Half(end).LastFrame)}}
	}
	return diagnose.Ruled("no close() waited as long as an SO_LINGER above 0 says")
}

// lingers is the call by which end asked close() to wait, and how long; nil when there is none.
func lingers(c *diagnose.Case, end flow.Dir) (*calls.Call, time.Duration) {
	for _, call := range c.CallsOf(end) {
		at := strings.Index(call.Args, "l_onoff=1, l_linger=")
		var seconds int
		if at >= 0 && call.Op == "setsockopt" {
			if n, _ := fmt.Sscanf(call.Args[at:], "l_onoff=1, l_linger=%d", &seconds); n == 1 && seconds > 0 {
				return call, time.Duration(seconds) * time.Second
			}
		}
	}
	return nil, 0
}

func closeCall(c *diagnose.Case, end flow.Dir) *calls.Call {
	for _, call := range c.CallsOf(end) {
		if call.Op == "close" {
			return call
		}
	}
	return nil
}
