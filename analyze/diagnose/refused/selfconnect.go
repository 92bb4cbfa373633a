package refused

import "tcplab/analyze/diagnose"

// SelfConnect: the connection has the same address and port at both ends: the client reached itself.
//
// Connecting to a free port of the own ephemeral range, the kernel can choose that very port as the source; SYN meets SYN
// and the simultaneous open of RFC 9293, 3.5 succeeds.
var SelfConnect = &diagnose.Rule{
	ID: "self-connect", Title: "the client is connected to itself: nothing listens on the port",
	Symptom: diagnose.OddEnding, Needs: diagnose.BothDirections,
	Cause: "A client that retries connect() to a closed local port of the ephemeral range was given that port as its own.",
	Fix: "use a server port outside  sysctl net.ipv4.ip_local_port_range  or reserve it in ip_local_reserved_ports; " +
		"compare getsockname() and getpeername() after connect()",
	Refs:     []string{"RFC 9293 3.5"},
	Scenario: "self-connect",
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		if c.Conv.Client != c.Conv.Server || c.Conv.ClientPort != c.Conv.ServerPort {
			return diagnose.Ruled("the two ends have different addresses or ports")
		}
		if !c.SYN().Seen || c.Conv.Frames < 2 {
			return diagnose.Ruled("a lone packet with equal ends is forged, not a connection")
		}
		return diagnose.Verdict{
			Level: diagnose.Certain, Severity: "error", Why: "source and destination are the same",
			Evidence: []string{"source and destination are both " + c.Server().String() + " " + diagnose.Seg(c.Conv.FirstFrame)},
			Frames:   []uint32{c.Conv.FirstFrame}, Calls: connectCalls(c),
		}
	},
}
