package flow

import "tcplab/analyze/wire"

// maxSYNs bounds the repeated SYNs kept of one attempt; Linux sends 11 (tcp_syn_retries 6).
const maxSYNs = 16

// noteSYN keeps what a SYN or SYN-ACK says of its sender.
func (t *track) noteSYN(d Dir, s *wire.Segment) {
	if !s.Flags.Any(wire.SYN) {
		return
	}
	info := &t.conv.Half[d].SYN
	if d == ToServer && !s.Flags.Any(wire.ACK) && len(t.conv.SYNs) < maxSYNs {
		t.conv.SYNs = append(t.conv.SYNs, SYNCopy{Frame: s.Frame, Time: s.Time})
	}
	if info.Seen && info.ISN == s.Seq {
		info.Time = s.Time
		return
	}
	if info.Seen && t.conv.Handshake.ACK != 0 { // the handshake is over: no end takes anything of it (RFC 5961, 4)
		return
	}
	if info.Seen {
		before := *info
		t.rivals[d] = &before
	}
	*info = SYNInfo{
		Seen: true, Frame: s.Frame, Time: s.Time, ISN: s.Seq, Window: s.Window, TTL: s.TTL, IPID: s.IPID, DF: s.DF,
		Len: s.Len, Flags: s.Flags, Options: s.Options.Has, MSS: s.Options.MSS, WindowScale: s.Options.WindowScale,
		SACKPermitted: s.Options.Has&wire.HasSACKPermitted != 0, Timestamps: s.Options.Has&wire.HasTimestamps != 0,
		TSVal: s.Options.TSVal,
	}
}

// choose keeps that of two SYNs of end d with which classify goes on: the one that the other end took.
func (t *track) choose(d Dir) {
	syn, before := &t.conv.Half[d].SYN, t.rivals[d]
	if t.rivals[d] = nil; t.pair.Side[d].Base() == before.ISN {
		*syn = *before
	}
	if d == ToClient && syn.Flags.Any(wire.ACK) {
		t.conv.Handshake.SYNACK = syn.Frame
	}
}

// noteHandshake follows SYN, SYN-ACK and ACK; each counts once, and only when it answers the one before.
func (t *track) noteHandshake(d Dir, s *wire.Segment) {
	h := &t.conv.Handshake
	client, server := &t.conv.Half[ToServer].SYN, &t.conv.Half[ToClient].SYN
	if s.Flags.Any(wire.ACK) && !s.Flags.Any(wire.RST) && t.rivals[d.Other()] != nil {
		t.choose(d.Other())
	}
	switch {
	case s.Flags.Any(wire.RST):
	case s.Flags.Has(wire.SYN | wire.ACK):
		if d == ToClient && h.SYNACK == 0 && (!client.Seen || s.Ack.Sub(client.ISN) > 0) {
			h.SYNACK = s.Frame
		}
	case s.Flags.Any(wire.SYN):
		if d == ToServer && h.SYN == 0 {
			h.SYN = s.Frame
		}
	case s.Flags.Any(wire.ACK) && d == ToServer && h.ACK == 0 && server.Seen && s.Ack.Sub(server.ISN) > 0:
		h.ACK = s.Frame
		if h.SYN != 0 {
			h.RTT = s.Time.Sub(client.Time)
			if t.pair.RTT == 0 {
				t.pair.RTT = h.RTT
			}
		}
	}
}

// handshakeKind names how the connection opened.
func (t *track) handshakeKind() string {
	h := &t.conv.Handshake
	client, server := &t.conv.Half[ToServer].SYN, &t.conv.Half[ToClient].SYN
	bare := server.Seen && !server.Flags.Any(wire.ACK) && client.Seen
	switch {
	case h.SYN == 0 && h.SYNACK == 0 && !server.Seen:
		return ""
	case bare:
		return "simultaneous"
	case h.SYN == 0 || h.SYNACK == 0 || h.ACK == 0:
		return "partial"
	case client.Len > 0 && t.pair.Side[0].Acked() > 1 && client.Options&wire.HasFastOpen != 0:
		return "fast-open"
	}
	return "normal"
}
