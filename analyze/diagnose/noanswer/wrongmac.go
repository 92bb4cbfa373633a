package noanswer

import (
	"net/netip"

	"tcplab/analyze/diagnose"
	"tcplab/capture/hostfacts"
)

// WrongMAC: the client's neighbour table has a hardware address for the next hop that is not, or no longer, its own.
//
// An entry made by hand is never asked for again (RFC 826 keeps none for ever, ip-neighbour(8) PERMANENT does), so the SYNs go
// to a machine that throws them away as not its own.
var WrongMAC = &diagnose.Rule{
	ID: "wrong-mac", Title: "the SYN goes to a hardware address that is not the server's",
	Symptom: diagnose.NoAnswer, Needs: diagnose.HostFacts,
	Cause:      "A static neighbour entry outlived the machine it was made for, a cloned or replaced network card, a failover without gratuitous ARP.",
	Fix:        "ip neigh show to HOST; ip neigh del HOST dev IFACE;  arping -c 3 HOST  shows who has the address now",
	Refs:       []string{"RFC 826", "RFC 5227 2.3", "ip-neighbour(8)"},
	Scenario:   "wrong-mac",
	LookAlikes: []string{"syn-dropped", "host-down-onlink", "duplicate-ip"},
	Kernel:     []diagnose.Reason{diagnose.Dropped("OTHERHOST").Surely()},
	Judge:      wrongMAC,
}

func wrongMAC(c *diagnose.Case) diagnose.Verdict {
	if why := unanswered(c); why != "" {
		return diagnose.Ruled(why)
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Why: "a neighbour entry made by hand", Evidence: silence(c), Frames: synFrames(c), Calls: connectCalls(c), ClientSees: giveUp(c)}
	hop := nextHop(c)
	switch {
	case c.SaidDrop(diagnose.Dropped("OTHERHOST")) != nil:
		v.Why = "a host that got it says that it was for another one"
	case hop == nil && len(c.ClientFacts()) == 0:
		return diagnose.Unjudged("the neighbour table of the client's host: ip neigh")
	case hop == nil || hop.State != "PERMANENT":
		return diagnose.Ruled("the neighbour table has no entry made by hand for the next hop")
	}
	if hop == nil {
		return v
	}
	v.Evidence = append(v.Evidence, "the neighbour table has "+hop.Addr+" at "+hop.MAC+", "+hop.State+": it is never asked for")
	for i := range c.Neighbors {
		m := &c.Neighbors[i]
		if m.Reply && m.Sender.Netip().String() == hop.Addr && diagnose.MAC(m.MAC) != hop.MAC {
			v.Level = diagnose.Certain
			v.Frames = append(v.Frames, m.Frame)
			v.Evidence = append(v.Evidence, "but "+diagnose.MAC(m.MAC)+" says it has the address "+diagnose.Frame(m.Frame))
		}
	}
	return v
}

// nextHop is the client's neighbour entry of the server, or of the router on the way; nil when the tables show none.
func nextHop(c *diagnose.Case) *hostfacts.Neighbor {
	server := c.Server().Addr().Unmap().WithZone("")
	for _, f := range c.ClientFacts() {
		at := server
		for _, r := range f.Routes {
			if dst, err := netip.ParseAddr(r.Dst); err == nil && dst == server && r.Via != "" {
				at, _ = netip.ParseAddr(r.Via)
			}
		}
		for i := range f.Neighbors {
			if n := &f.Neighbors[i]; n.Addr == at.String() {
				return n
			}
		}
	}
	return nil
}
