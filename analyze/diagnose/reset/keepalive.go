package reset

import (
	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// KeepaliveTimeout: keep-alive probes stayed unanswered, and the prober gave the connection up with a RST.
//
// RFC 9293, 3.8.4 allows keep-alives; Linux sends TCP_KEEPCNT of them, TCP_KEEPINTVL apart, then resets.
var KeepaliveTimeout = &diagnose.Rule{
	ID: "keepalive-timeout", Title: "keep-alive probes stayed unanswered: the other end is gone",
	Symptom: diagnose.ResetBy, Needs: diagnose.BothDirections,
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
		return diagnose.Ruled(noReset)
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
