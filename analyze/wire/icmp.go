package wire

// Errors of ICMP (RFC 792) and ICMPv6 (RFC 4443).
const (
	icmpUnreachable  = 3
	icmpQuench       = 4
	icmpRedirect     = 5
	icmpTimeExceeded = 11
	icmpParameter    = 12

	icmp6TooBig       = 2
	icmp6LastError    = 4
	icmp6Solicitation = 135
	icmp6Advertise    = 136
)

// icmp4 decodes an ICMP message; only errors that quote a TCP header matter.
func (d *decoder) icmp4(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	switch s.b[0] {
	case icmpUnreachable, icmpQuench, icmpRedirect, icmpTimeExceeded, icmpParameter:
	default:
		return NotTCP
	}
	e := d.icmpError(s)
	e.V6 = false
	if e.Type == icmpUnreachable && e.Code == 4 {
		e.MTU = uint32(be16(s.b[6:])) // RFC 1191, 4
	}
	quote := s.skip(8)
	if s.b[0] != icmpRedirect && s.b[5] != 0 { // extensions follow the quote (RFC 4884, 4)
		quote = quote.within(int(s.b[5]) * 4)
	}
	return d.quoted4(quote, e)
}

// icmp6 decodes an ICMPv6 message: an error, or a neighbour's.
func (d *decoder) icmp6(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	switch t := s.b[0]; {
	case t == icmp6Solicitation || t == icmp6Advertise:
		return d.neighbor(s)
	case t == 0 || t > icmp6LastError:
		return NotTCP
	}
	e := d.icmpError(s)
	e.V6 = true
	quote := s.skip(8)
	if e.Type == icmp6TooBig {
		e.MTU = be32(s.b[4:])
	} else if s.b[4] != 0 { // RFC 4884, 4.4: in units of eight bytes
		quote = quote.within(int(s.b[4]) * 8)
	}
	return d.quoted6(quote, e)
}

// within returns at most the first n bytes of s.
func (s span) within(n int) span { return s.limit(min(n, s.n)) }

// icmpError starts the ICMP half of the packet from the outer header and the ICMP header at s.
func (d *decoder) icmpError(s span) *ICMP {
	seg, e := &d.p.Segment, &d.p.ICMP
	*e = ICMP{Frame: seg.Frame, Time: seg.Time, Type: s.b[0], Code: s.b[1],
		From: seg.Src, To: seg.Dst, TTL: seg.TTL, Tunnel: seg.Tunnel}
	return e
}

// quoted4 decodes the IPv4 packet that an error quotes. Its length fields describe the packet as it was sent, so they
// bound the quote from above only.
func (d *decoder) quoted4(s span, e *ICMP) Kind {
	if kind := d.lack(s, 20); len(s.b) < 20 && (kind != Truncated || len(s.b) < 16) {
		return kind
	}
	size := int(s.b[0]&15) * 4
	if s.b[0]>>4 != 4 || size < 20 {
		return Malformed
	}
	if s.b[9] != protoTCP || be16(s.b[6:])&0x1fff != 0 {
		return NotTCP
	}
	var dst [4]byte
	e.QuotedDst = uint8(copy(dst[:], s.b[16:min(20, len(s.b))]))
	e.Src, e.Dst = addr4(s.b[12:]), addr4(dst[:])
	if len(s.b) < size {
		return d.cutQuote(s, size)
	}
	if total := int(be16(s.b[2:])); total >= size {
		s = s.within(total)
	}
	return d.quotedTCP(s.skip(size), e)
}

// quoted6 decodes the IPv6 packet that an error quotes, past its extension headers.
func (d *decoder) quoted6(s span, e *ICMP) Kind {
	if kind := d.lack(s, 40); len(s.b) < 40 && (kind != Truncated || len(s.b) < 24) {
		return kind
	}
	if s.b[0]>>4 != 6 {
		return Malformed
	}
	e.QuotedDst = uint8(copy(e.Dst[:], s.b[24:min(40, len(s.b))]))
	e.Src = Addr(s.b[8:])
	next := s.b[6]
	if len(s.b) < 40 && next != protoTCP {
		return Truncated
	}
	if len(s.b) < 40 {
		return ICMPError
	}
	for s = s.skip(40); next != protoTCP; {
		if len(s.b) < 8 {
			return NotTCP
		}
		size := (int(s.b[1]) + 1) * 8
		switch next {
		case extHopByHop, extDestination:
		case extRouting:
			if size <= len(s.b) {
				routing(s.b[:size], &e.Dst)
			}
		case extFragment:
			if size = 8; be16(s.b[2:])&^7 != 0 {
				return NotTCP
			}
		case protoAH:
			size = (int(s.b[1]) + 2) * 4
		default:
			return NotTCP
		}
		if size > len(s.b) {
			return NotTCP
		}
		next, s = s.b[0], s.skip(size)
	}
	return d.quotedTCP(s, e)
}

// cutQuote is what an error is whose quoted header of size bytes is not whole: still one when the snap length cut it.
func (d *decoder) cutQuote(s span, size int) Kind {
	if d.lack(s, size) == Truncated {
		return ICMPError
	}
	return Malformed
}

// quotedTCP decodes what is quoted of a TCP header: at least eight bytes (RFC 792), which hold the ports and Seq. The snap
// length may have left less of them.
func (d *decoder) quotedTCP(s span, e *ICMP) Kind {
	if len(s.b) < 8 {
		if len(s.b) >= 2 {
			e.SrcPort = be16(s.b)
		}
		if len(s.b) >= 4 {
			e.DstPort = be16(s.b[2:])
		}
		e.QuotedTCP = uint8(len(s.b))
		return d.cutQuote(s, 8)
	}
	e.SrcPort, e.DstPort, e.Seq = be16(s.b), be16(s.b[2:]), Seq(be32(s.b[4:]))
	e.QuotedTCP = 8
	if len(s.b) >= 14 {
		e.Ack, e.Flags = Seq(be32(s.b[8:])), Flags(be16(s.b[12:])&0x1ff)
		e.HeaderLen = s.b[12] >> 4 * 4
		e.QuotedTCP = min(uint8(min(len(s.b), 60)), max(e.HeaderLen, 20))
	}
	if e.QuotedTCP >= 16 {
		e.Window = be16(s.b[14:])
	}
	if e.QuotedTCP > 20 {
		e.Options.parse(s.b[20:e.QuotedTCP], int(e.HeaderLen-e.QuotedTCP))
		e.Options.Raw = nil // an error is kept longer than its frame
	}
	return ICMPError
}

// neighbor decodes a neighbour solicitation or advertisement (RFC 4861, 4.3 and 4.4).
func (d *decoder) neighbor(s span) Kind {
	if len(s.b) < 24 {
		return d.lack(s, 24)
	}
	seg, n := &d.p.Segment, &d.p.Neighbor
	*n = NeighborMsg{Frame: seg.Frame, Time: seg.Time, Reply: s.b[0] == icmp6Advertise,
		Sender: seg.Src, Target: Addr(s.b[8:]), MAC: seg.SrcMAC}
	for o := s.b[24:]; len(o) >= 8 && o[1] != 0 && int(o[1])*8 <= len(o); o = o[int(o[1])*8:] {
		if o[0] == 1 || o[0] == 2 { // source or target link-layer address
			n.MAC = [6]byte(o[2:])
		}
	}
	return Neighbor
}
