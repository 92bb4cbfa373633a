package reset

import (
	"net/netip"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// ConntrackInvalidRST: a segment of the connection slipped past the NAT untranslated, and its receiver reset the stranger.
//
// Linux's conntrack calls a segment INVALID that does not fit its idea of the window, and a NAT does not translate those; the
// client's kernel answers <SEQ=SEG.ACK><CTL=RST> (RFC 9293, 3.10.7.1), which the NAT does translate back: both ends then lose
// a connection that was healthy.
var ConntrackInvalidRST = &diagnose.Rule{
	ID: "conntrack-invalid-rst", Title: "a segment passed the NAT untranslated, and the RST against it killed the connection",
	Symptom: diagnose.ResetBy, Also: []diagnose.Symptom{diagnose.OddEnding}, Needs: diagnose.BothDirections,
	Cause: "The NAT (a Kubernetes node, a load balancer) took a late or out-of-window segment for INVALID and forwarded it with the backend's " +
		"own address. The client does not know that address and resets it.",
	Fix: "on the NAT:  nft add rule … ct state invalid drop  in the forward chain, or  sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1; " +
		"conntrack -S | grep invalid",
	Refs:       []string{"RFC 9293 3.10.7.1", "nf_conntrack-sysctl nf_conntrack_tcp_be_liberal", "Kubernetes issue 74839"},
	Scenario:   "conntrack-invalid-rst",
	LookAlikes: []string{"half-open-server-rebooted", "injected-rst-onpath", "nat-hairpin-mismatch"},
	Judge:      conntrackInvalid,
}

func conntrackInvalid(c *diagnose.Case) diagnose.Verdict {
	rst := c.Reset()
	stray := untranslated(c)
	switch {
	case stray == nil:
		return diagnose.Ruled("no segment of another address came to the client's port and was reset")
	case c.SYN().Seen && (!c.SYNACK().Seen || c.Conv.Handshake.ACK == 0 && c.Half(flow.ToServer).PayloadBytes == 0):
		return diagnose.Ruled("the connection was never open")
	}
	who := netip.AddrPortFrom(stray.Server.Netip(), stray.ServerPort).String()
	v := diagnose.Verdict{Level: diagnose.Strong, Why: "a stranger's segment to the same port, and its RST", Frames: []uint32{stray.Frame, stray.Reset},
		Evidence: []string{"in the middle of the connection a segment of " + who + " reaches the same port of the client " + diagnose.Seg(stray.Frame),
			"the client's kernel knows no such connection and resets it " + diagnose.Seg(stray.Reset)}}
	own := c.LastBefore(c.Conv.LastFrame+1, flow.ToServer, func(r *flow.Row) bool { return r.Flags.Any(wire.ACK) && r.AckRaw == stray.ResetSeq })
	if own != nil || c.Half(flow.ToServer).SYN.Seen && inStream(c, stray.ResetSeq) {
		v.Level = diagnose.Certain
		v.Evidence = append(v.Evidence, "the number it acknowledges is one of this connection's own: it was the same server's, with its address not translated "+diagnose.Seg(stray.Reset))
	}
	if rst != nil && rst.Frame > stray.Reset {
		v.Frames = append(v.Frames, rst.Frame)
		v.Evidence = append(v.Evidence, "from then on the "+rst.Dir.Sender()+"'s side resets the connection "+diagnose.Seg(rst.Frame))
		return told(v, c, rst)
	}
	return v
}

// leftover is how soon after a connection's last segment a stray one still belongs to its story.
const leftover = 2_000_000_000

// inStream reports whether a raw number that acknowledges the client's bytes is one of this connection: RST takes it from there.
func inStream(c *diagnose.Case, ack wire.Seq) bool {
	sent := ack.Sub(c.SYN().ISN)
	return sent > 0 && sent <= int32(c.Half(flow.ToServer).NextSeq)+1
}

// untranslated is a lone segment of another address to the client's port that the client reset, nil when there is none.
func untranslated(c *diagnose.Case) *diagnose.Peer {
	return c.PortPeer(func(p *diagnose.Peer) bool {
		return p.Client == c.Conv.Client && p.ClientPort == c.Conv.ClientPort && p.Server != c.Conv.Server && p.Offer == 0 && p.SYNACK == 0 &&
			p.Reset != 0 && p.ResetBy == flow.ToServer && p.First >= c.Conv.First && p.First.Sub(c.Conv.Last) < leftover
	})
}
