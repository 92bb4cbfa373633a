package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/capture/hostfacts"
)

// BoundOtherAddress: the server listens on another address of the host than the one the client asked for.
//
// A socket bound to one address takes connections to that address alone (RFC 9293, 3.9.1.1).
var BoundOtherAddress = &diagnose.Rule{
	ID: "bound-other-address", Aliases: []string{"wrong-address"}, Title: "the server listens on another address of the host",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause:      "The server bound one address of a host that has several, and the client used another one.",
	Fix:        "connect to the address it is bound to, or bind 0.0.0.0 / [::]; check with  ss -ltnp 'sport = :PORT'; ip -br addr",
	Refs:       []string{"RFC 9293 3.9.1.1"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "bound-other-address",
	LookAlikes: []string{"closed-port", "bound-loopback-only", "reject-reset-host"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		return elsewhere(c, func(s *diagnose.Sockets) *hostfacts.Socket { return s.OtherAddress }, "on another address only")
	},
	Unseen: func(c *diagnose.Case) diagnose.Verdict {
		return elsewhereUnseen(c, func(s *diagnose.Sockets) *hostfacts.Socket { return s.OtherAddress }, "on another address only")
	},
}
