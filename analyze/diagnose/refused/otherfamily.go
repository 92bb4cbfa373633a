package refused

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/capture/hostfacts"
)

// V4OnlyListener: the server listens in IPv4 and the client came over IPv6.
var V4OnlyListener = &diagnose.Rule{
	ID: "v4-only-listener", Title: "the server listens in IPv4 only, the client came over IPv6",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause:      "The name resolved to an IPv6 address first (localhost is ::1), but the server has an IPv4 socket only.",
	Fix:        "listen on [::] (takes IPv4 as well), or connect to the IPv4 address; compare  getent ahosts NAME  and  ss -ltne 'sport = :PORT'",
	Refs:       []string{"RFC 8305", "RFC 6724"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "v4-only-listener",
	LookAlikes: []string{"closed-port", "localhost-both", "reject-reset-host"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return otherFamily(c, false) },
	Unseen:     func(c *diagnose.Case) diagnose.Verdict { return otherFamilyUnseen(c, false) },
}

// V6OnlyListener: the server listens in IPv6 with IPV6_V6ONLY and the client came over IPv4 (RFC 3493, 5.3).
var V6OnlyListener = &diagnose.Rule{
	ID: "v6only-listener", Title: "the server listens in IPv6 only, the client came over IPv4",
	Symptom: diagnose.Refused, Needs: diagnose.HostFacts,
	Cause:      "The listening IPv6 socket does not take IPv4: IPV6_V6ONLY or net.ipv6.bindv6only is set, or it is bound to one IPv6 address.",
	Fix:        "clear IPV6_V6ONLY, listen on 0.0.0.0 as well, or connect over IPv6; v6only:1 shows in  ss -ltne 'sport = :PORT'",
	Refs:       []string{"RFC 3493 5.3", "RFC 8305"},
	Kernel:     []diagnose.Reason{diagnose.SentReset("", "NO_SOCKET")},
	Scenario:   "v6only-listener",
	LookAlikes: []string{"closed-port", "reject-reset-host"},
	Judge:      func(c *diagnose.Case) diagnose.Verdict { return otherFamily(c, true) },
	Unseen:     func(c *diagnose.Case) diagnose.Verdict { return otherFamilyUnseen(c, true) },
}

// otherFamily judges a refusal over IPv4 (came4) or IPv6 whose port is open in the other family.
func otherFamily(c *diagnose.Case, came4 bool) diagnose.Verdict {
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	if c.Conv.Server.Is4() != came4 {
		return diagnose.Ruled(cameOver[!came4])
	}
	if c.Sockets().Known {
		return elsewhere(c, func(s *diagnose.Sockets) *hostfacts.Socket { return s.OtherFamily }, "in "+family(!came4)+" only")
	}
	p := c.PortPeer(func(p *diagnose.Peer) bool {
		return p.SYNACK != 0 && sameHost(c, p) && !(p.Server.Netip().IsLoopback() && follows(rst, p))
	})
	if p == nil {
		if v := fellBack(c, rst, came4); v.Level > diagnose.No {
			return v
		}
		if came4 {
			return needsIPv6
		}
		return needsIPv4
	}
	v := diagnose.Verdict{
		Level: diagnose.Strong, Why: "the same port answers over " + family(!came4),
		Evidence: append(wireEvidence(c, rst), "over "+family(!came4)+" the same port answers with a SYN-ACK "+diagnose.Seg(p.SYNACK)),
		Frames:   append(frames(c, rst), p.SYNACK), Calls: connectCalls(c),
	}
	if !c.Server().Addr().IsLoopback() {
		v.Evidence = append(v.Evidence, "both answers come from "+diagnose.MAC(rst.MAC)+" with TTL "+diagnose.Num(rst.TTL)+": it is one host, with no router between "+diagnose.Seg(rst.Frame))
	}
	return v
}

// fellBack judges a client that was refused in one family and went on at once to the same port in the other, where it was
// answered over the same router from the same distance: two addresses of one name, though routers hide whether of one host.
func fellBack(c *diagnose.Case, rst *flow.Reset, came4 bool) diagnose.Verdict {
	p := c.PortPeer(func(p *diagnose.Peer) bool {
		wait := p.First.Sub(rst.Time)
		return p.SYNACK != 0 && p.Server.Is4() != came4 && wait >= 0 && wait < nextAddress &&
			rst.MAC == p.ServerMAC && rst.MAC != [6]byte{} && rst.TTL == p.ServerTTL
	})
	if p == nil {
		return diagnose.Verdict{}
	}
	return diagnose.Verdict{Level: diagnose.Likely, Why: "the next address of the server answers, over " + family(!came4),
		Evidence: append(wireEvidence(c, rst), "the client goes on over "+family(!came4)+" "+diagnose.Took(p.First.Sub(rst.Time))+
			" later, and there the same port answers, over the same router and from the same distance "+diagnose.Seg(p.SYNACK)),
		Frames: append(frames(c, rst), p.SYNACK), Calls: connectCalls(c)}
}

// sameHost reports whether p went to the same host by the other family, as far as a capture can know it: on loopback, or
// where the same network card answers at no router's distance, for a router would have counted the TTL down.
func sameHost(c *diagnose.Case, p *diagnose.Peer) bool {
	here, there, rst := c.Conv.Server.Netip(), p.Server.Netip(), c.Refusal()
	switch {
	case here.Is4() == there.Is4():
		return false
	case here.IsLoopback() && there.IsLoopback():
		return true
	}
	return rst.MAC == p.ServerMAC && rst.MAC != [6]byte{} && rst.TTL == p.ServerTTL && (rst.TTL == 64 || rst.TTL == 128 || rst.TTL == 255)
}

func family(v4 bool) string {
	if v4 {
		return "IPv4"
	}
	return "IPv6"
}

var cameOver = map[bool]string{true: "the client came over IPv4", false: "the client came over IPv6"}
