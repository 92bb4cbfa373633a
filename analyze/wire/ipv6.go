package wire

// ipv6 decodes an IPv6 header (RFC 8200, 3).
func (d *decoder) ipv6(s span) Kind {
	d.p.EtherType = etherIPv6
	if len(s.b) < 40 {
		return d.lack(s, 40)
	}
	h := s.b[:40:40]
	seg := &d.p.Segment
	seg.V6, seg.DF, seg.IPID = true, false, 0
	seg.TOS, seg.TTL = h[0]<<4|h[1]>>4, h[7]
	seg.Src, seg.Dst = Addr(h[8:]), Addr(h[24:])
	length := int(be16(h[4:]))
	s = s.skip(40)
	// Length 0 announces a jumbogram (RFC 2675, 3), or is what Linux's BIG TCP leaves: then the frame tells.
	seg.NoLength = length == 0
	if !seg.NoLength {
		seg.Beyond = s.lacking(length)
		s = s.limit(length)
	}
	return d.extensions(h[6], s)
}

// The IPv6 extension headers (RFC 8200, 4; AH from RFC 4302).
const (
	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extDestination = 60
)

// extensions walks the extension headers, of which next is the first, to the header of the transport. Each takes at
// least eight bytes, so the walk ends.
func (d *decoder) extensions(next uint8, s span) Kind {
	for {
		d.p.Proto = next
		switch next {
		case extHopByHop, extRouting, extDestination:
		case extFragment:
			return d.fragment6(s)
		default:
			return d.transport(next, s)
		}
		if len(s.b) < 8 {
			return d.lack(s, 8)
		}
		size := (int(s.b[1]) + 1) * 8
		if len(s.b) < size {
			return d.lack(s, size)
		}
		switch next {
		case extHopByHop:
			s = d.jumbo(s.b[2:size], s)
			if s.n < size {
				return Malformed
			}
		case extRouting:
			routing(s.b[:size], &d.p.Segment.Dst)
		}
		next, s = s.b[0], s.skip(size)
	}
}

// jumbo returns s with the length that a jumbo payload option among options gives to a header whose own field is 0
// (RFC 2675, 2).
func (d *decoder) jumbo(options []byte, s span) span {
	for d.p.Segment.NoLength && len(options) >= 2 {
		if options[0] == 0 { // Pad1 has no length
			options = options[1:]
			continue
		}
		size := 2 + int(options[1])
		if size > len(options) {
			break
		}
		if options[0] == 0xc2 && options[1] == 4 {
			d.p.Segment.NoLength = false
			return s.limit(int(be32(options[2:])))
		}
		options = options[size:]
	}
	return s
}

// routing sets dst to the last address of a routing header that is not used up: the host which the segment is for and
// which its checksum covers (RFC 8200, 8.1). In types 0 and 2 it is the last of the list (RFC 6275, 6.4), in a segment
// routing header, type 4, the first (RFC 8754, 2).
func routing(h []byte, dst *Addr) {
	if h[3] == 0 || len(h) < 24 {
		return
	}
	switch h[2] {
	case 0, 2:
		*dst = Addr(h[8+(len(h)-24)/16*16:])
	case 4:
		*dst = Addr(h[8:])
	}
}

// fragment6 decodes a fragment header (RFC 8200, 4.5). An atomic fragment, whole in itself, is decoded (RFC 6946).
func (d *decoder) fragment6(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	next, field, id := s.b[0], be16(s.b[2:]), be32(s.b[4:])
	s = s.skip(8)
	if field&^6 == 0 {
		return d.extensions(next, s)
	}
	d.p.Proto = next
	return d.fragment(s, id, int(field&^7), field&1 != 0)
}

// authentication decodes an authentication header: it adds to what it covers and hides nothing (RFC 4302, 2).
func (d *decoder) authentication(s span) Kind {
	if len(s.b) < 12 {
		return d.lack(s, 12)
	}
	size := (int(s.b[1]) + 2) * 4
	if size < 12 {
		return Malformed
	}
	if len(s.b) < size {
		return d.lack(s, size)
	}
	if !d.deeper() {
		return NotTCP
	}
	if d.p.Segment.V6 {
		return d.extensions(s.b[0], s.skip(size))
	}
	return d.transport(s.b[0], s.skip(size))
}
