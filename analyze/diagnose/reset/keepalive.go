package reset

import (
	"strings"
	"syscall"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/capture/calls"
)

// KeepaliveTimeout: keep-alive probes stayed unanswered, and the prober gave the connection up with a RST.
//
// RFC 9293, 3.8.4 allows keep-alives; Linux sends TCP_KEEPCNT of them, TCP_KEEPINTVL apart, then resets.
var KeepaliveTimeout = &diagnose.Rule{
	ID: "keepalive-timeout", Title: "keep-alive probes stayed unanswered: the other end is gone",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Implies:    []string{"retries2-timeout"}, // the other end's data meets the same dead path
	Cause:      "The other host died, lost its network, or a box on the way forgot the connection and drops its segments.",
	Fix:        "check the path and the host:  ping HOST; tracepath HOST;  timers: sysctl net.ipv4.tcp_keepalive_time net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes",
	Refs:       []string{"RFC 9293 3.8.4", "RFC 1122 4.2.3.6"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "TCP_KEEPALIVE_TIMEOUT").Surely()},
	Scenario:   "keepalive-timeout",
	LookAlikes: []string{"keepalive-peer-reset", "linger0-server", "linger0-client", "retries2-timeout"},
	Judge:      keepaliveTimeout,
}

func keepaliveTimeout(c *diagnose.Case) diagnose.Verdict {
	rst := opened(c)
	if rst == nil {
		return probedUnseen(c)
	}
	var probes []uint32
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		switch {
		case r.Frame >= rst.Frame:
		case r.Dir != rst.Dir:
			probes = probes[:0] // an answer: the other end lives
		case r.Marks.Any(classify.KeepAlive):
			probes = append(probes, r.Frame)
		}
	}
	if len(probes) < 2 {
		return diagnose.Ruled("no row of unanswered keep-alive probes precedes the RST")
	}
	v := diagnose.Verdict{
		Level: diagnose.Certain, Why: "unanswered probes, then the prober's RST",
		Evidence: []string{
			diagnose.Num(len(probes)) + " keep-alive probes of the " + rst.Dir.Sender() + " in a row stay unanswered, the first " + diagnose.Seg(probes[0]),
			"then the " + rst.Dir.Sender() + " resets the connection itself " + diagnose.Seg(rst.Frame),
		},
		Frames: append(probes, rst.Frame),
	}
	sees := "recv: ETIMEDOUT" // the prober's error; the RST reaches nobody
	if rst.Dir == flow.ToServer {
		v.ClientSees = sees
	} else {
		v.ServerSees = sees
	}
	return v
}

// probedUnseen: the prober's calls tell what its probes, which were lost before this capture, met.
func probedUnseen(c *diagnose.Case) diagnose.Verdict {
	for _, end := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		call := c.FailedCall(end)
		if call == nil || call.Errno != syscall.ETIMEDOUT || call.Op == "connect" || c.At == "" || c.At == end.Sender() {
			continue
		}
		if asked := asksAlive(c, end); asked != nil && c.Half(end).Acked == c.Half(end).NextSeq {
			v := diagnose.Verdict{Level: diagnose.Strong, Why: "its program asked for probes, and was told that nobody answers",
				Evidence: []string{"the " + end.Sender() + "'s program asks for keep-alive probes: setsockopt(" + asked.Args + ") (call " + diagnose.Num(asked.Number) + ")",
					"all that it sent is acknowledged, and yet " + callText(call) + ": its probes stayed unanswered, and did not pass here, at the " + c.At},
				Calls: []uint32{asked.Number, call.Number}, Frames: []uint32{c.Half(end).LastFrame}}
			if end == flow.ToServer {
				v.ClientSees = diagnose.SeenBy(call)
			} else {
				v.ServerSees = diagnose.SeenBy(call)
			}
			return v
		}
	}
	return diagnose.Ruled(noReset)
}

// asksAlive is the call by which end's program asked for keep-alive probes; nil when there is none, when it has a timeout of
// its own for data, or when it sent data that was not captured, whose timer may have ended.
func asksAlive(c *diagnose.Case, end flow.Dir) (asked *calls.Call) {
	sent := uint64(0)
	for _, call := range c.CallsOf(end) {
		switch {
		case calls.Sends(call.Op) && call.N > 0:
			sent += uint64(call.N)
		case call.Op != "setsockopt":
		case strings.Contains(call.Args, "SO_KEEPALIVE, [1]"):
			asked = call
		case strings.Contains(call.Args, "TCP_USER_TIMEOUT"):
			return nil
		}
	}
	if sent > c.Half(end).UniqueBytes {
		return nil
	}
	return asked
}
