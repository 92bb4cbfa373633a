package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/capture/hostfacts"
)

// BoundToDevice: the listener has SO_BINDTODEVICE set and the SYN arrived through another interface.
//
// The option is Linux's own (socket(7)): the lookup of RFC 9293, 3.9.1.1 then also compares the interface.
var BoundToDevice = &diagnose.Rule{
	ID: "bound-to-device", Title: "the server listens on one network interface only",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause:      "The listening socket is tied to an interface with SO_BINDTODEVICE; a SYN that arrives through another one meets no listener.",
	Fix:        "connect through that interface, or remove SO_BINDTODEVICE; the part after % is the device in  ss -ltn 'sport = :PORT'",
	Refs:       []string{"RFC 9293 3.9.1.1", "socket(7) SO_BINDTODEVICE"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "bound-to-device",
	LookAlikes: []string{"closed-port", "bound-other-address", "reject-reset-host"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		return elsewhere(c, func(s *diagnose.Sockets) *hostfacts.Socket { return s.OtherDevice }, "tied to one interface")
	},
	Unseen: func(c *diagnose.Case) diagnose.Verdict {
		return elsewhereUnseen(c, func(s *diagnose.Sockets) *hostfacts.Socket { return s.OtherDevice }, "tied to one interface")
	},
}
