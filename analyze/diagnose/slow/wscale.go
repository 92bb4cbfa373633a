package slow

import (
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// WscaleStripped: a box took window scaling out of the SYN-ACK, so the client reads scaled windows as they stand.
//
// RFC 7323, 2.2 has both ends scale once both offered it, and never the windows of SYNs. Without the option the client takes
// the server's next window, shifted right, for a tiny one.
var WscaleStripped = &diagnose.Rule{
	ID: "wscale-stripped", Title: "a box on the way removes window scaling from the SYN-ACK: windows look tiny", Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "A firewall or an accelerator rewrites TCP options. The server scales its windows down, the client does not scale them up, and sends a few hundred bytes at a time.",
	Fix:   "compare the SYN-ACK at both ends:  tcpdump -vni any 'tcp[tcpflags] & tcp-syn != 0 and port PORT';  or  sysctl -w net.ipv4.tcp_window_scaling=0  until the box is mended",
	Refs:  []string{"RFC 7323 2.2", "RFC 7323 2.3"}, Scenario: "wscale-stripped",
	Implies: []string{"rcvbuf-limited", "no-window-scaling", "nagle-delayed-ack", "application-limited"}, LookAlikes: []string{"rcvbuf-limited", "no-window-scaling"},
	Judge: wscaleStripped,
}

func wscaleStripped(c *diagnose.Case) diagnose.Verdict {
	syn, synack := c.SYN(), c.SYNACK()
	const scale = wire.HasWindowScale
	switch {
	case !syn.Seen || !synack.Seen:
		return diagnose.Unjudged("both SYNs of the connection")
	case (syn.Options|synack.Options)&wire.CutOptions != 0:
		return diagnose.Unjudged("the options of both SYNs: the snap length cut them")
	case syn.Options&scale == 0 || synack.Options&scale != 0:
		return diagnose.Ruled("the client did not offer window scaling, or the SYN-ACK agrees to it")
	}
	first := c.FirstAfter(c.Conv.Handshake.SYNACK, flow.ToClient, func(r *flow.Row) bool { return !r.Flags.Any(wire.SYN | wire.RST) })
	// What the server has not read yet makes its window smaller too, by as much as has arrived.
	if first == nil || first.WinRaw == 0 || 16*uint32(first.WinRaw) > uint32(synack.Window) || 2*uint32(first.Ack) > uint32(synack.Window) {
		return diagnose.Ruled("the server's windows go on where that of its SYN-ACK ended")
	}
	if c.Half(flow.ToServer).PayloadBytes <= uint64(first.WinRaw) {
		return diagnose.Ruled("the client never had more to send than the window it sees")
	}
	return diagnose.Verdict{Level: diagnose.Strong, Why: "scaled windows without the option", Frames: []uint32{syn.Frame, c.Conv.Handshake.SYNACK, first.Frame},
		Evidence: []string{"the client offers window scaling " + diagnose.Seg(syn.Frame) + ", and the SYN-ACK comes without it, with a window of " + diagnose.Num(synack.Window) + " " +
			diagnose.Seg(c.Conv.Handshake.SYNACK),
			"after " + diagnose.Num(first.Ack-1) + " bytes the server's window is " + diagnose.Num(first.WinRaw) + ": it has shifted it, and so believes in the option " + diagnose.Seg(first.Frame)}}
}
