package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/capture/hostfacts"
)

// BoundLoopbackOnly: the server listens, but on 127.0.0.1 or ::1, where only its own host can reach it.
//
// The kernel looks a SYN up by destination address and port (RFC 9293, 3.9.1.1 gives OPEN a local address); a listener
// of another address is no listener, and the RST is that of a closed port.
var BoundLoopbackOnly = &diagnose.Rule{
	ID: "bound-loopback-only", Title: "the server listens on the loopback address only",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause: "The server bound 127.0.0.1 or ::1. Connections to the host's other addresses meet no listener and are refused by the kernel. " +
		"In a container, localhost is the container's own.",
	Fix:        "bind 0.0.0.0 or [::] in the server's configuration; check with  ss -ltnp 'sport = :PORT'",
	Refs:       []string{"RFC 9293 3.9.1.1", "RFC 1122 3.2.1.3"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "bound-loopback-only",
	LookAlikes: []string{"closed-port", "bound-other-address", "reject-reset-host"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		return elsewhere(c, func(s *diagnose.Sockets) *hostfacts.Socket { return s.Loopback }, "on a loopback address only")
	},
	Unseen: func(c *diagnose.Case) diagnose.Verdict {
		return elsewhereUnseen(c, func(s *diagnose.Sockets) *hostfacts.Socket { return s.Loopback }, "on a loopback address only")
	},
}
