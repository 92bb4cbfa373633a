package main

import (
	"fmt"
	"net/netip"

	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/session"
)

// way is one direction of a connection.
type way struct{ from, to netip.AddrPort }

// sighting is what was seen of one direction, so far.
type sighting struct {
	first, end wire.Seq // the first byte's number, and the one after the last
	fin, reset bool
}

// witness knows which bytes and which endings crossed the wire. It only serves to end a capture in time: what happened
// is for analyze to say.
type witness map[way]*sighting

// frame takes note of a frame.
func (w witness) frame(f *capture.Frame) {
	var p wire.Packet
	if wire.Decode(f, &p) != wire.TCP {
		return
	}
	s := &p.Segment
	at := way{netip.AddrPortFrom(s.Src.Netip(), s.SrcPort), netip.AddrPortFrom(s.Dst.Netip(), s.DstPort)}
	seen := w[at]
	if seen == nil || s.Flags.Has(wire.SYN) && seen.reset {
		seen = &sighting{first: s.Seq, end: s.Seq}
		w[at] = seen
	}
	if s.Flags.Has(wire.SYN) {
		seen.first = s.Seq + 1
	}
	if s.Flags.Has(wire.RST) {
		seen.reset = true
		return
	}
	seen.end = seen.end.Max(s.Seq + wire.Seq(s.Len))
	if s.Flags.Has(wire.SYN) {
		seen.end = seen.end.Max(s.Seq + 1)
	}
	seen.fin = seen.fin || s.Flags.Has(wire.FIN)
}

// missing says what of flow has not been seen, "" when nothing is. A reset ends both directions and discards what was
// still unsent (RFC 9293, 3.10.7.4), so nothing is expected after one.
func (w witness) missing(flow session.Flow) string {
	seen, back := w[way{flow.From, flow.To}], w[way{flow.To, flow.From}]
	switch {
	case seen != nil && seen.reset || back != nil && back.reset:
		return ""
	case flow.Bytes > 0 && (seen == nil || uint64(seen.end-seen.first) < flow.Bytes):
		return fmt.Sprintf("all %d bytes from %s", flow.Bytes, flow.From)
	case flow.Closed && (seen == nil || !seen.fin):
		return fmt.Sprintf("the FIN of %s", flow.From)
	}
	return ""
}

// addrPort reads an address as the call log writes it; IPv4 in IPv6 form is the IPv4 it stands for.
func addrPort(text string) netip.AddrPort {
	ap, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
