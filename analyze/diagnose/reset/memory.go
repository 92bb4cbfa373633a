package reset

import "tcplab/analyze/diagnose"

// AbortOnMemory: the kernel gave up a connection whose program had closed it, because too many such orphans wait, or TCP's
// memory is used up.
//
// RFC 9293, 3.10.4 lets close() finish in the background; Linux does so for net.ipv4.tcp_max_orphans connections and within
// net.ipv4.tcp_mem. The limits are those of the whole machine.
var AbortOnMemory = &diagnose.Rule{
	ID: "abort-on-memory", Title: "the kernel gave up a closed connection: too many of them wait, or TCP's memory is used up",
	Symptom: diagnose.ResetBy, Needs: diagnose.HostFacts,
	Cause: "Programs closed connections with data on its way, and the peers are slow or gone. The kernel finishes them alone, until there are " +
		"too many: then it resets.",
	Fix:        "dmesg | grep -e 'too many orphaned sockets' -e 'out of memory';  nstat -az TcpExtTCPAbortOnMemory; cat /proc/net/sockstat;  sysctl net.ipv4.tcp_max_orphans net.ipv4.tcp_mem",
	Refs:       []string{"RFC 9293 3.10.4", "ip-sysctl tcp_max_orphans", "ip-sysctl tcp_mem"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "TCP_ABORT_ON_MEMORY").Surely()},
	Scenario:   "abort-on-memory",
	LookAlikes: []string{"fin-then-rst", "linger0-server", "close-unread-data"},
	Judge:      abortOnMemory,
}

func abortOnMemory(c *diagnose.Case) diagnose.Verdict {
	rst := opened(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(noReset)
	case c.Shape() != diagnose.Quit:
		return diagnose.Ruled(notQuit)
	}
	said := c.SaidReset(rst.Dir)
	if said != nil && said.Reason == "TCP_ABORT_ON_MEMORY" {
		return told(diagnose.Verdict{Level: diagnose.Strong, Why: "the kernel had no room for it", Frames: []uint32{rst.Frame},
			Evidence: []string{"the " + rst.Dir.Sender() + "'s kernel sends RST,ACK in sequence " + diagnose.Seg(rst.Frame)}}, c, rst)
	}
	n := c.GrewAt(rst.Dir, "TcpExt.TCPAbortOnMemory")
	switch {
	case n > 0 && c.Half(rst.Dir).FIN != 0 && c.Half(rst.Dir).FIN < rst.Frame:
		return told(diagnose.Verdict{Level: diagnose.Strong, Why: "the kernel counted it", Frames: []uint32{c.Half(rst.Dir).FIN, rst.Frame},
			Evidence: []string{"the " + rst.Dir.Sender() + " had closed " + diagnose.Seg(c.Half(rst.Dir).FIN) + ", and its kernel resets " + diagnose.Seg(rst.Frame),
				"TCPAbortOnMemory grew by " + diagnose.Num(n) + " on its host (counters)"}}, c, rst)
	case n > 0:
		return diagnose.Open("TCPAbortOnMemory grew on the host of the " + rst.Dir.Sender() + " (counters), but its program had not closed this connection")
	}
	return diagnose.Unjudged("the counter TCPAbortOnMemory of the " + rst.Dir.Sender() + "'s host, before and after: nstat -az")
}
