package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/wire"
)

// DuplicateIP: two hosts of the same network claim the server's address.
//
// Both answer the ARP request (RFC 5227 says how hosts should detect it); which one gets the segments is a matter of
// luck, and the one without the connection answers with a RST (RFC 9293, 3.5.2).
var DuplicateIP = &diagnose.Rule{
	ID: "duplicate-ip", Title: "two hosts on the network use the same IP address",
	Symptom: diagnose.Refused, Also: []diagnose.Symptom{diagnose.ResetBy}, Needs: diagnose.BothDirections,
	Cause:      "Two MAC addresses answer for the server's IP address: a wrong static address, a cloned machine, a stale virtual IP.",
	Fix:        "find both hosts:  arping -D -I IFACE HOST; ip neigh show HOST;  then look the two MACs up in the switch",
	Refs:       []string{"RFC 5227", "RFC 9293 3.5.2"},
	Scenario:   "duplicate-ip",
	Implies:    []string{"half-open-server-rebooted", "injected-rst-onpath", "retries2-timeout"},
	LookAlikes: []string{"closed-port", "syn-rst-ack-spoofed"},
	Judge:      duplicateIP,
}

func duplicateIP(c *diagnose.Case) diagnose.Verdict {
	if len(c.Neighbors) == 0 {
		return noNeighbors
	}
	two := c.TwoOwners()
	if two == nil {
		return diagnose.Ruled("one MAC address answers for the server's address")
	}
	v := diagnose.Verdict{Level: diagnose.Certain, Why: "two MAC addresses answer for the server's address",
		Evidence: []string{claim(two[0]), claim(two[1])},
		Frames:   []uint32{c.Conv.FirstFrame, two[0].Frame, two[1].Frame}, Calls: connectCalls(c)}
	if rst := c.Reset(); rst != nil {
		v.Evidence = append(v.Evidence, "the connection ends with a RST from "+diagnose.MAC(rst.MAC)+" "+diagnose.Seg(rst.Frame))
		v.Frames = append(v.Frames, rst.Frame)
	}
	return v
}

func claim(m *wire.NeighborMsg) string {
	return diagnose.MAC(m.MAC) + " says it has " + m.Sender.String() + " " + diagnose.Frame(m.Frame)
}

var noNeighbors = diagnose.Unjudged("ARP or neighbour discovery in the capture")
