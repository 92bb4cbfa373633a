package noanswer

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// RouterNoRoute: a router has no route to the address and says so at once.
var RouterNoRoute = &diagnose.Rule{
	ID: "router-no-route", Aliases: []string{"router-no-route-v6"}, Title: "a router on the way has no route to the address",
	Symptom: diagnose.NoAnswer, Needs: diagnose.BothDirections,
	Cause:      "The router that sent the ICMP error does not know the destination's network: a wrong address, a missing or withdrawn route.",
	Fix:        "check the address, then the route:  ip route get HOST; traceroute -T -p PORT HOST;  on that router  ip route get HOST",
	Refs:       []string{"RFC 792", "RFC 1812 5.2.7.1", "RFC 4443 3.1"},
	Scenario:   "router-no-route",
	LookAlikes: []string{"reject-icmp-net-unreachable", "reject-icmp6-no-route", "host-down-remote", "ttl-expired"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		return byRouter(c, "without a route", func(e *wire.ICMP) bool {
			return (!e.V6 && e.Type == 3 && (e.Code == 0 || e.Code == 6) || e.V6 && e.Type == 1 && e.Code == 0) && e.From != c.Conv.Server
		}, diagnose.Strong) // a REJECT rule can say the same
	},
}

// TTLExpired: the segment travelled too many hops: a routing loop, or a TTL set too low.
var TTLExpired = &diagnose.Rule{
	ID: "ttl-expired", Title: "the SYN ran out of hops: a routing loop, or a TTL too low",
	Symptom: diagnose.NoAnswer, Needs: diagnose.BothDirections,
	Cause:      "A router counted the TTL down to 0 (RFC 1812, 4.2.2.9). Two routers send to each other, or the program set IP_TTL.",
	Fix:        "the same hop again and again is a loop:  traceroute -T -p PORT HOST; sysctl net.ipv4.ip_default_ttl",
	Refs:       []string{"RFC 792", "RFC 1812 5.2.7.3", "RFC 4443 3.3"},
	Scenario:   "ttl-expired",
	LookAlikes: []string{"router-no-route", "host-down-remote"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		return byRouter(c, "time exceeded", func(e *wire.ICMP) bool {
			return !e.V6 && e.Type == 11 && e.Code == 0 || e.V6 && e.Type == 3 && e.Code == 0
		}, diagnose.Certain)
	},
}

// HostDownRemote: the last router asked for the host's MAC address for three seconds and got no answer.
//
// ARP (RFC 826) and neighbour discovery (RFC 4861, 7.2.2) try three times, a second apart.
var HostDownRemote = &diagnose.Rule{
	ID: "host-down-remote", Aliases: []string{"host-down-remote-v6"}, Title: "the host does not answer on its network: off, or the address is unused",
	Symptom: diagnose.NoAnswer, Needs: diagnose.BothDirections,
	Cause:      "The router next to the host found nobody with the address: the host is off, on another VLAN, or the address is wrong.",
	Fix:        "check the host and its cable; on the router  ip neigh show HOST; arping -I IFACE HOST",
	Refs:       []string{"RFC 1812 5.2.7.1", "RFC 4861 7.2.2", "RFC 826"},
	Scenario:   "host-down-remote",
	LookAlikes: []string{"reject-icmp-host-unreachable", "reject-icmp6-addr-unreachable", "router-no-route"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		return byRouter(c, "host unreachable after a search", func(e *wire.ICMP) bool { return diagnose.LateUnreachable(c, e) }, diagnose.Certain)
	},
}

// byRouter judges an attempt that a router's ICMP error ended.
func byRouter(c *diagnose.Case, what string, is func(*wire.ICMP) bool, level diagnose.Level) diagnose.Verdict {
	e := c.FirstICMP(func(e *wire.ICMP) bool { return c.FromClient(e) && diagnose.ErrnoOf(e) != "" })
	switch {
	case e == nil:
		return diagnose.Ruled("no ICMP error quotes the SYN")
	case !is(e):
		return diagnose.Ruled("the ICMP error is " + diagnose.ICMPText(e) + " from " + e.From.String() + ", " +
			diagnose.Took(e.Time.Sub(c.Conv.First)) + " after the SYN " + diagnose.Frame(e.Frame))
	case c.SYNACK().Seen:
		return diagnose.Ruled("a SYN-ACK answered as well " + diagnose.Seg(c.Conv.Handshake.SYNACK))
	case c.SYN().Seen && e.QuotedTCP >= 8 && e.Seq != c.SYN().ISN:
		return diagnose.Ruled("the ICMP error quotes another sequence number than the SYN's " + diagnose.Frame(e.Frame))
	}
	level, quoted := diagnose.Quotes(e, level)
	if e.QuotedTCP >= 8 {
		quoted = "it"
	}
	return diagnose.Verdict{Level: level, Why: what,
		Evidence: []string{e.From.String() + " answers with " + diagnose.ICMPText(e) + " " + diagnose.Took(e.Time.Sub(c.Conv.First)) +
			" after the SYN and quotes " + quoted + " " + diagnose.Frame(e.Frame)},
		Frames: append(synFrames(c), e.Frame), Calls: connectCalls(c)}
}

// NATHairpinMismatch: the answer comes from another address than the one that was asked.
//
// The SYN-ACK acknowledges our SYN, but its source is not our destination: a port forwarding that the answer bypasses. The
// client's kernel knows no such connection and resets it (RFC 9293, 3.10.7.1).
var NATHairpinMismatch = &diagnose.Rule{
	ID: "nat-hairpin-mismatch", Title: "the answer comes from another address than the one asked: the NAT is bypassed on the way back",
	Symptom: diagnose.NoAnswer, Needs: diagnose.BothDirections,
	Cause:      "Client and server are behind the same NAT: the SYN is forwarded, the answer goes directly.",
	Fix:        "add hairpin source NAT on the router, or let the name resolve to the inner address (split DNS);  conntrack -L -d HOST",
	Refs:       []string{"RFC 5382 REQ-8", "RFC 9293 3.10.7.1"},
	Scenario:   "nat-hairpin-mismatch",
	LookAlikes: []string{"syn-dropped", "synack-dropped"},
	Judge:      natHairpin,
}

func natHairpin(c *diagnose.Case) diagnose.Verdict {
	if refused := bypassed(c); refused != 0 {
		return hairpinAtServer(c, refused)
	}
	if why := unanswered(c); why != "" {
		return diagnose.Ruled(why)
	}
	other := c.PortPeer(func(p *diagnose.Peer) bool {
		return p.Client == c.Conv.Client && p.ClientPort == c.Conv.ClientPort && p.Server != c.Conv.Server &&
			p.SYNACK != 0 && p.SYNSeq == 0 && p.SYNACKAck == c.SYN().ISN+1
	})
	if other == nil {
		return diagnose.Ruled("no SYN-ACK of another address acknowledges this SYN")
	}
	return diagnose.Verdict{Level: diagnose.Certain, Why: "a SYN-ACK of another address acknowledges this SYN",
		Evidence: []string{silence(c)[0], "a SYN-ACK from " + other.Server.String() + " to the same port acknowledges exactly this SYN " + diagnose.Seg(other.SYNACK)},
		Frames:   append(synFrames(c), other.SYNACK), ClientSees: giveUp(c)}
}

// bypassed is the frame of a RST by which the client's kernel refuses the answer to a SYN that it goes on repeating, 0 when
// there is none: the answer is not one to what it asked. The RST may go to the address that was asked.
func bypassed(c *diagnose.Case) uint32 {
	if !c.SYN().Seen || !c.SYNACK().Seen || c.Conv.Handshake.ACK != 0 || len(c.Conv.SYNs) < 2 || c.SYN().MSS == 0 {
		return 0 // a SYN without a single option is no socket's, but made by hand: nobody waits for the answer
	}
	last := c.Conv.SYNs[len(c.Conv.SYNs)-1].Frame
	own := c.LastBefore(last, flow.ToServer, func(r *flow.Row) bool { return r.Flags.Any(wire.RST) && r.SeqRaw == c.SYN().ISN+1 })
	if own != nil {
		return own.Frame
	}
	other := c.PortPeer(func(p *diagnose.Peer) bool {
		return p.Client == c.Conv.Client && p.ClientPort == c.Conv.ClientPort && p.Server != c.Conv.Server &&
			p.Reset != 0 && p.Reset < last && p.ResetBy == flow.ToServer && p.ResetSeq == c.SYN().ISN+1
	})
	if other != nil {
		return other.Reset
	}
	return 0
}

func hairpinAtServer(c *diagnose.Case, refused uint32) diagnose.Verdict {
	first, again := synacks(c), c.Conv.SYNs[len(c.Conv.SYNs)-1].Frame
	if len(first) == 0 {
		return diagnose.Ruled("no SYN-ACK answers the SYN")
	}
	return diagnose.Verdict{Level: diagnose.Likely, Why: "the client's kernel resets the answer, and its socket still waits for one",
		Evidence: []string{"the server answers " + diagnose.Seg(first[0]) + ", and the client's kernel resets that: no socket asked this address " + diagnose.Seg(refused),
			"yet the client repeats the very same SYN: its socket waits for an answer from another address " + diagnose.Seg(again)},
		Frames: append(synFrames(c), append(first, refused)...), ClientSees: giveUp(c)}
}
