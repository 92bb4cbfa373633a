package noanswer

import (
	"syscall"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// AppConnectTimeout: the program gave up before the kernel would have: its own timeout ended the attempt.
//
// The kernel repeats the SYN for two minutes (RFC 1122, 4.2.3.5 asks for three); SO_SNDTIMEO or a poll() with a limit and
// close() end that early, and no errno of the network is ever seen.
var AppConnectTimeout = &diagnose.Rule{
	ID: "app-connect-timeout", Title: "the program's own timeout ended the attempt before the kernel's",
	Symptom: diagnose.NoAnswer, Needs: diagnose.ClientCalls,
	Cause:      "The program limits connect() with SO_SNDTIMEO, or with poll() on a non-blocking socket, and gave up while the kernel still repeated the SYN.",
	Fix:        "the timeout is not the cause: find out why the SYN is not answered:  nc -vz HOST PORT; tcpdump -ni any 'tcp port PORT'",
	Refs:       []string{"RFC 1122 4.2.3.5", "connect(2) EINPROGRESS", "socket(7) SO_SNDTIMEO"},
	Scenario:   "app-connect-timeout",
	LookAlikes: []string{"syn-dropped", "accept-queue-full"},
	Judge:      appConnectTimeout,
}

func appConnectTimeout(c *diagnose.Case) diagnose.Verdict {
	if why := unanswered(c); why != "" {
		return diagnose.Ruled(why)
	}
	call := c.ConnectCall()
	switch {
	case call == nil && stopped(c) && !wholeSchedule(c):
		return diagnose.Verdict{Level: diagnose.Likely, Aside: true, Why: "it stops between two steps of its kernel's schedule", Frames: synFrames(c),
			Title: "the client stopped repeating its SYN before its kernel would have: its program's own timeout",
			Evidence: append(silence(c)[:1], "the client repeats by the schedule of "+c.Retries()+", and stops after "+diagnose.Num(len(c.Conv.SYNs))+
				" SYNs, which no setting of the kernel's retries gives: its program had enough "+diagnose.Seg(c.Conv.LastFrame))}
	case call == nil && stopped(c):
		return diagnose.Open("the client stops repeating its SYN before its kernel's schedule ends: its program, or TCP_SYNCNT, had enough")
	case call == nil:
		return diagnose.Unjudged("the system calls of the client")
	case call.Errno != syscall.EINPROGRESS && call.Errno != syscall.EAGAIN:
		return diagnose.Ruled("the kernel ended the attempt itself")
	case c.GaveUp():
		return diagnose.Ruled("the kernel's schedule ran to its end")
	}
	v := diagnose.Verdict{Level: diagnose.Certain, Severity: "warning", Why: "the program gave up",
		Evidence: append(silence(c)[:1], diagnose.SeenBy(call)+" after "+diagnose.Took(call.Duration())+", and the program went no further (call "+diagnose.Num(call.Number)+")"),
		Frames:   synFrames(c), Calls: []uint32{call.Number}, ClientSees: diagnose.SeenBy(call)}
	if closed := c.Closed(flow.ToServer); closed != nil {
		v.Calls = append(v.Calls, closed.Number)
	}
	return v
}

// stopped reports whether the client went silent while its kernel, as it is set by default, would have repeated the SYN.
func stopped(c *diagnose.Case) bool {
	times := c.SYNTimes()
	if len(times) < 2 || c.GaveUp() {
		return false
	}
	last := times[len(times)-1] - times[len(times)-2]
	return c.Silence() > 2*last+last/2 // every schedule at most doubles
}

// wholeSchedule reports whether the client sent as many SYNs as a kernel does that gives up by itself. Since 6.5 Linux sends
// four more a second apart within the same time, so that each number of retries (tcp_syn_retries, TCP_SYNCNT) gives one of a
// few numbers of SYNs; of the older schedule every number is one.
func wholeSchedule(c *diagnose.Case) bool {
	times := c.SYNTimes()
	if len(times) < 3 || times[2]-times[1] > 1500*time.Millisecond {
		return len(times) != 2
	}
	switch len(times) {
	case 3, 6, 8, 9, 10, 11:
		return true
	}
	return c.Retries() == ""
}
