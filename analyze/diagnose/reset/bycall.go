package reset

import (
	"syscall"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/capture/calls"
)

// SockDestroy: the administrator, or a policy, destroyed the socket (ss -K). The wire shows an abort like any other
// (RFC 9293, 3.10.5); the local program gets ECONNABORTED, which on Linux has hardly another source.
var SockDestroy = &diagnose.Rule{
	ID: "sock-destroy", Title: "the socket was destroyed by the administrator (ss -K)",
	Symptom: diagnose.ResetBy, Needs: diagnose.ClientCalls | diagnose.ServerCalls,
	Cause:      "SOCK_DESTROY (ss -K, Android's network change) aborted the connection from outside the program.",
	Fix:        "find who did it:  ausearch -x ss; journalctl -e  around this second",
	Refs:       []string{"RFC 9293 3.10.5", "sock_diag(7)"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("TCP_ESTABLISHED", "TCP_STATE").Surely()},
	Scenario:   "sock-destroy",
	LookAlikes: []string{"linger0-server", "linger0-client", "close-unread-data"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		return byCall(c, "a local call fails with ECONNABORTED", func(call *calls.Call) bool { return call.Errno == syscall.ECONNABORTED })
	},
}

// DisconnectUnspec: the program dissolved the connection with connect(AF_UNSPEC).
var DisconnectUnspec = &diagnose.Rule{
	ID: "disconnect-unspec", Title: "the program dissolved the connection with connect(AF_UNSPEC)",
	Symptom: diagnose.ResetBy, Needs: diagnose.ClientCalls | diagnose.ServerCalls,
	Cause:      "connect() with an address of family AF_UNSPEC disconnects the socket: its kernel sends a RST.",
	Fix:        "use shutdown() and close() instead; find the call:  strace -f -e trace=connect -p PID",
	Refs:       []string{"RFC 9293 3.10.5", "connect(2)"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "TCP_STATE"), diagnose.SentReset("", "TCP_DISCONNECT_WITH_DATA")},
	Scenario:   "disconnect-unspec",
	LookAlikes: []string{"linger0-client", "linger0-server", "sock-destroy"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		return byCall(c, "its program calls connect(AF_UNSPEC)", (*calls.Call).Dissolves)
	},
}

// byCall judges an abort whose cause only a call of its sender shows.
func byCall(c *diagnose.Case, what string, is func(*calls.Call) bool) diagnose.Verdict {
	rst, _, why := abort(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	if !c.Called(rst.Dir) {
		return diagnose.Unjudged("the system calls of the " + rst.Dir.Sender())
	}
	for _, call := range c.CallsOf(rst.Dir) {
		if is(call) {
			v := diagnose.Verdict{Level: diagnose.Certain, Why: what,
				Evidence: []string{quitEvidence(c, rst), what + " (call " + diagnose.Num(call.Number) + ")"},
				Frames:   []uint32{rst.Frame}, Calls: []uint32{call.Number}}
			return told(v, c, rst)
		}
	}
	return diagnose.Ruled("no call of the " + rst.Dir.Sender() + " shows it")
}

// ResetBeforeAccept: the client aborted while its connection still waited in the accept queue.
//
// Linux's accept() returns the dead connection all the same; BSD's fails with ECONNABORTED.
var ResetBeforeAccept = &diagnose.Rule{
	ID: "reset-before-accept", Title: "the client aborted before the server accepted the connection",
	Symptom: diagnose.ResetBy, Needs: diagnose.ServerCalls,
	Cause:      "The client connected and reset while the connection waited in the accept queue: it was impatient, or a health check.",
	Fix:        "expect ENOTCONN from getpeername() and ECONNRESET from recv() after accept(); accept faster if it happens often:  ss -ltn 'sport = :PORT'",
	Refs:       []string{"RFC 9293 3.10.5", "accept(2)"},
	Scenario:   "reset-before-accept",
	LookAlikes: []string{"health-check-reset", "linger0-client"},
	Judge:      resetBeforeAccept,
}

func resetBeforeAccept(c *diagnose.Case) diagnose.Verdict {
	rst, _, why := abort(c)
	switch {
	case rst == nil:
		return diagnose.Ruled(why)
	case rst.Dir != flow.ToServer:
		return diagnose.Ruled("the server sent the RST")
	case !c.Called(flow.ToClient):
		return diagnose.Unjudged("the system calls of the server")
	}
	for _, call := range c.CallsOf(flow.ToClient) {
		if (call.Op == "accept" || call.Op == "accept4") && call.N >= 0 && call.Begin > rst.Time {
			v := diagnose.Verdict{Level: diagnose.Certain, Why: "accept() came after the RST",
				Evidence: []string{quitEvidence(c, rst), "the server's accept() begins " + diagnose.Took(call.Begin.Sub(rst.Time)) +
					" after the RST and succeeds all the same (call " + diagnose.Num(call.Number) + ")"},
				Frames: []uint32{rst.Frame}, Calls: []uint32{call.Number}}
			return told(v, c, rst)
		}
	}
	return diagnose.Ruled("the server had accepted the connection before the RST")
}
