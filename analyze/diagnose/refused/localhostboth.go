package refused

import (
	"net/netip"
	"time"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
)

// LocalhostBoth: localhost was tried as ::1, refused, and then reached as 127.0.0.1, as RFC 8305 clients do.
var LocalhostBoth = &diagnose.Rule{
	ID: "localhost-both", Title: "refused on ::1, then accepted on 127.0.0.1: the client went on to the next address",
	Symptom: diagnose.Harmless, Explains: true,
	Cause: "localhost resolves to ::1 and 127.0.0.1. The server listens on one of them; the client tried both, in order.",
	Fix:   "nothing is wrong; to spare the refused attempt listen on both, or use the address that answers (ss -ltn 'sport = :PORT')",
	Refs:  []string{"RFC 8305", "RFC 6761 6.3"}, Scenario: "localhost-both",
	LookAlikes: []string{"closed-port", "v4-only-listener"},
	Judge:      localhostBoth,
}

func localhostBoth(c *diagnose.Case) diagnose.Verdict {
	rst, why := refusal(c)
	if rst == nil {
		return diagnose.Ruled(why)
	}
	if !c.Conv.Server.Netip().IsLoopback() {
		return diagnose.Ruled("the attempt was not to localhost")
	}
	next := c.PortPeer(func(p *diagnose.Peer) bool {
		return p.SYNACK != 0 && sameHost(c, p) && follows(rst, p)
	})
	if next == nil {
		return diagnose.Ruled("no attempt at the other loopback address followed")
	}
	level := diagnose.Strong
	if s := c.Sockets(); s.Known && s.Here == nil {
		level = diagnose.Certain
	}
	return diagnose.Verdict{
		Level: level, Why: "the next address answered at once",
		Evidence: []string{"refused on " + c.Server().String() + " " + diagnose.Seg(rst.Frame),
			"answered on " + netip.AddrPortFrom(next.Server.Netip(), next.ServerPort).String() + " right after " + diagnose.Seg(next.SYNACK)},
		Frames: append(frames(c, rst), next.SYNACK), Calls: connectCalls(c),
	}
}

// nextAddress is how soon a client goes on to its next address: RFC 8305, 5 recommends 250 ms.
const nextAddress = 300 * time.Millisecond

// follows reports whether p was begun because of the refusal.
func follows(rst *flow.Reset, p *diagnose.Peer) bool {
	return p.First >= rst.Time && p.First.Sub(rst.Time) < nextAddress
}
