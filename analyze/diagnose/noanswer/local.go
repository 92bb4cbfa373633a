package noanswer

import (
	"syscall"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/wire"
)

// HostDownOnlink: nobody on the own network answers for the address, so not even the SYN can be sent.
//
// ARP (RFC 826) and neighbour discovery (RFC 4861, 7.2.2) ask three times, a second apart; then connect() fails.
var HostDownOnlink = &diagnose.Rule{
	ID: "host-down-onlink", Aliases: []string{"host-down-onlink-v6", "link-down-peer"}, Title: "the host does not answer on this network: off, or the address is unused",
	Symptom: diagnose.NoAnswer, Local: true, Needs: diagnose.BothDirections,
	Cause:      "The address is of this host's own network, but nobody answers for it: the host is off, unplugged, on another VLAN, or the address is wrong.",
	Fix:        "ip neigh show HOST; arping -c 3 HOST;  check the address, the cable and the VLAN",
	Refs:       []string{"RFC 826", "RFC 4861 7.2.2", "RFC 4861 10"},
	Scenario:   "host-down-onlink",
	LookAlikes: []string{"output-drop-local", "local-route-errors", "output-reject-local"},
	Judge:      hostDownOnlink, Unseen: hostDownUnseen,
}

func hostDownOnlink(c *diagnose.Case) diagnose.Verdict {
	state := c.Unresolved()
	least := 2 * time.Second
	if state != "" {
		least = 100 * time.Millisecond // the search was under way already, begun by another packet
	}
	if c.Call.Op != "connect" || c.Call.Errno != syscall.EHOSTUNREACH || c.Call.Duration() < least {
		return diagnose.Ruled("connect() did not fail with EHOSTUNREACH after a search")
	}
	if c.At != "" && c.At != "client" {
		return diagnose.Unjudged("a capture at the client: this one was made at the " + c.At)
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Why: "EHOSTUNREACH after a search",
		Evidence: []string{diagnose.CallTook(c.Call) + ", without a SYN on the wire"}, Calls: []uint32{c.Call.Number}}
	if iface := unplugged(c); iface != "" {
		v.Level = diagnose.Certain
		linkDown(&v, iface)
	}
	asked, reply := searched(c)
	switch {
	case reply != 0:
		return diagnose.Ruled("the host answered for its address " + diagnose.Frame(reply))
	case len(asked) > 0:
		v.Level = diagnose.Certain
		v.Frames = asked
		v.Evidence = append(v.Evidence, "its MAC address was asked for "+diagnose.Times(len(asked))+", without an answer "+diagnose.Frame(asked[0]))
	}
	if state != "" {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "the neighbour table has "+c.Server().Addr().String()+" as "+state)
	}
	return v
}

// linkDown tells of the interface to the server that has no carrier.
func linkDown(v *diagnose.Verdict, iface string) {
	v.Variant, v.Title = "link-down-peer", "the host cannot be reached: the interface to it has no carrier"
	v.Evidence = append(v.Evidence, "the interface "+iface+" has no carrier: its cable is out, or its other end is down (routes and addresses)")
}

// unplugged is the interface of the route to the server when it has no carrier, "" otherwise.
func unplugged(c *diagnose.Case) string {
	server := c.Server().Addr().Unmap().WithZone("").String()
	for i := range c.Facts {
		f := &c.Facts[i]
		for _, r := range f.Routes {
			for _, a := range f.Addresses {
				if r.Dst == server && a.Iface == r.Iface && a.NoCarrier {
					return a.Iface
				}
			}
		}
	}
	return ""
}

// searched are the frames that ask for the server's MAC address during the call, and the first answer.
func searched(c *diagnose.Case) (asked []uint32, reply uint32) {
	server := wire.Addr(c.Server().Addr().As16())
	for i := range c.Neighbors {
		m := &c.Neighbors[i]
		switch {
		case m.Reply && m.Sender == server:
			return asked, m.Frame
		case !m.Reply && m.Target == server && m.Time >= c.Call.Begin-1e6:
			asked = append(asked, m.Frame)
		}
	}
	return asked, 0
}

// OutputDropLocal: the client's own firewall drops the SYN on its way out: no packet, and connect() waits to its end.
var OutputDropLocal = &diagnose.Rule{
	ID: "output-drop-local", Title: "this host's own firewall drops the connection on its way out",
	Symptom: diagnose.NoAnswer, Local: true, Needs: diagnose.HostFacts,
	Cause:      "A rule in the OUTPUT chain drops the SYN before any interface sees it. UDP through the same rule gives EPERM at once.",
	Fix:        "nft list hook output; nft list ruleset | grep -n drop; iptables -S OUTPUT; nstat -az TcpExtTCPRetransFail",
	Refs:       []string{"RFC 9293 3.8.3"},
	Scenario:   "output-drop-local",
	LookAlikes: []string{"host-down-onlink", "output-reject-local"},
	Judge:      outputDrop, Unseen: outputDropUnseen,
}

func outputDrop(c *diagnose.Case) diagnose.Verdict {
	waits := c.Call.End == 0 && c.Call.Errno == 0
	if c.Call.Op != "connect" || c.Call.Errno != syscall.ETIMEDOUT && !waits {
		return diagnose.Ruled("connect() did not time out")
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Why: "a timeout without a packet",
		Evidence: []string{diagnose.CallTook(c.Call) + ", and no packet was seen"}, Calls: []uint32{c.Call.Number}}
	if waits {
		v.ClientSees = "connect: ETIMEDOUT"
		v.Evidence[0] = "connect(" + c.Server().String() + ") still waits (call " + diagnose.Num(c.Call.Number) + "), and no packet was seen"
	}
	switch rule, fit := dropsOut(c); {
	case fit == diagnose.Fits:
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "the firewall has the rule  "+rule)
	case fit == diagnose.MayFit && !waits:
		v.Evidence = append(v.Evidence, "the firewall has a rule that may be it  "+rule)
	case waits:
		return diagnose.Unjudged("a connect() that has ended, or a rule of this host's firewall that drops what goes out to the port")
	}
	return v
}

// dropsOut is a rule of the client's firewall that drops what goes out to the server, and how well it fits.
func dropsOut(c *diagnose.Case) (rule string, best diagnose.Fit) {
	for i := range c.Facts {
		for _, r := range diagnose.FirewallOf(&c.Facts[i]) {
			if fit := r.Fit(c.Client(), c.Server()); r.Hook == "output" && r.Drops() && fit > best {
				rule, best = r.Text, fit
			}
		}
	}
	return rule, best
}
