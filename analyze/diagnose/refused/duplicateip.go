package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
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
	if len(c.Neighbors) == 0 && c.Established() {
		return byMAC(c)
	}
	if len(c.Neighbors) == 0 {
		return noNeighbors
	}
	two := c.TwoOwners()
	if two == nil {
		return byMAC(c)
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

// byMAC judges a RST that comes from another MAC address of the same network than all else of its end, while that one goes on:
// the address has two owners, and one of them does not know the connection (RFC 9293, 3.5.2).
func byMAC(c *diagnose.Case) diagnose.Verdict {
	rst, own := c.Reset(), c.Row(c.Conv.Handshake.SYNACK)
	if rst == nil || own == nil || rst.Dir != flow.ToClient || rst.MAC == own.MAC || rst.MAC == [6]byte{} || own.MAC == [6]byte{} {
		return diagnose.Ruled("one MAC address answers for the server's address")
	}
	onLink := rst.TTL == own.TTL && (own.TTL == 64 || own.TTL == 128 || own.TTL == 255) // no router on the way, which may be one of two
	real := c.FirstAfter(rst.Frame, flow.ToClient, func(r *flow.Row) bool { return r.MAC == own.MAC && !r.Flags.Any(wire.RST) })
	if len(c.Copies) > 0 {
		return diagnose.Ruled("packets were captured twice, each with the MAC address of another interface")
	}
	if !onLink || c.ShapeOf(rst) != diagnose.UnknownFlow {
		return diagnose.Ruled("the RST comes over another router, or is no kernel's answer to a connection that it does not know")
	}
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "a second MAC address answers in the middle of the connection",
		Evidence: []string{"the SYN-ACK comes from " + diagnose.MAC(own.MAC) + " " + diagnose.Seg(own.Frame),
			"the RST comes from " + diagnose.MAC(rst.MAC) + ", a kernel that does not know the connection " + diagnose.Seg(rst.Frame)},
		Frames: []uint32{own.Frame, rst.Frame}, Calls: connectCalls(c)}
	if real == nil {
		v.Level = diagnose.Likely // a standby may have taken the address over
		return v
	}
	v.Frames = append(v.Frames, real.Frame)
	v.Evidence = append(v.Evidence, "the first one is there still, and goes on "+diagnose.Seg(real.Frame))
	return v
}

func claim(m *wire.NeighborMsg) string {
	return diagnose.MAC(m.MAC) + " says it has " + m.Sender.String() + " " + diagnose.Frame(m.Frame)
}

var noNeighbors = diagnose.Unjudged("ARP or neighbour discovery in the capture")
