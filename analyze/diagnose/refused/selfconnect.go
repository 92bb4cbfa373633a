package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/wire"
)

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
		if !answersItself(c) {
			return diagnose.Ruled("no packet with equal ends acknowledges another: they are forged, not a connection")
		}
		return diagnose.Verdict{
			Level: diagnose.Certain, Severity: "error", Why: "source and destination are the same",
			Evidence: []string{"source and destination are both " + c.Server().String() + " " + diagnose.Seg(c.Conv.FirstFrame)},
			Frames:   []uint32{c.Conv.FirstFrame}, Calls: connectCalls(c),
		}
	},
}

// answersItself reports whether one of the segments acknowledges just what another one brought: a socket took it.
func answersItself(c *diagnose.Case) bool {
	brought := map[wire.Seq]bool{}
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Flags.Any(wire.ACK) && brought[r.AckRaw] {
			return true
		}
		if r.End() != r.Seq {
			brought[r.SeqRaw+r.End()-r.Seq] = true
		}
	}
	return false
}
