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
	if behind, to, lives := invalidBehindUs(c); behind != nil && stray == nil {
		v := diagnose.Verdict{Level: diagnose.Likely, Why: "the client's kernel resets a segment that its connection never got", Frames: []uint32{to.Frame, behind.Frame, lives.Frame},
			Evidence: []string{replyEvidence(behind, to),
				"the client goes on with the connection, and still waits for that segment (ACK " + diagnose.Num(lives.Ack) + "): it came as that of a stranger " + diagnose.Seg(lives.Frame)}}
		return told(v, c, behind)
	}
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

// invalidBehindUs finds the same behind the NAT, where the segment has the server's own address: the RST has the form and the
// distance of the client's kernel and comes a round trip after the segment, which the client's connection then lacks.
func invalidBehindUs(c *diagnose.Case) (rst *flow.Reset, to, lives *flow.Row) {
	rst, to, _ = reply(c)
	if rst == nil || rst.Dir != flow.ToServer || c.ShapeOf(rst) != diagnose.UnknownFlow || to.Len == 0 || c.Conv.OneWay {
		return nil, nil, nil
	}
	low, high, known := c.TTLRange(rst.Dir)
	if !known || rst.TTL < low || rst.TTL > high || 10*rst.Time.Sub(to.Time) < 8*c.Half(flow.ToClient).RTT.Min {
		return nil, nil, nil
	}
	lives = c.FirstAfter(rst.Frame, rst.Dir, func(r *flow.Row) bool {
		return diagnose.Data(r) && !r.Seq.Less(rst.ExpectedSeq) && r.Ack.Less(to.End()) && r.TTL == rst.TTL
	})
	if lives == nil {
		return nil, nil, nil
	}
	return rst, to, lives
}

// knownStranger reports whether the story is that of invalidBehindUs.
func knownStranger(c *diagnose.Case) bool {
	rst, _, _ := invalidBehindUs(c)
	return rst != nil
}
