package wire

// PPP protocol numbers that lead on to segments.
const (
	pppIPv4      = 0x0021
	pppIPv6      = 0x0057
	pppMPLS      = 0x0281
	pppMPLSMulti = 0x0283
)

// pppFrame decodes a frame of a serial line: PPP, with or without its address and control bytes (RFC 1662, 3.1;
// compressed away by RFC 1661, 6.6), or Cisco's HDLC, whose address bytes are 0x0f and 0x8f (RFC 1547, 4.3.1).
func (d *decoder) pppFrame(s span) Kind {
	if len(s.b) < 2 {
		return d.lack(s, 2)
	}
	switch {
	case s.b[0] == 0x0f || s.b[0] == 0x8f:
		return d.ciscoHDLC(s)
	case s.b[0] == 0xff && s.b[1] == 0x03:
		s = s.skip(2)
	}
	return d.ppp(s)
}

// ppp decodes from the protocol field, which is one byte when its low bit is set (RFC 1661, 2 and 6.5).
func (d *decoder) ppp(s span) Kind {
	if len(s.b) < 2 {
		return d.lack(s, 2)
	}
	protocol, size := be16(s.b), 2
	if s.b[0]&1 != 0 {
		protocol, size = uint16(s.b[0]), 1
	}
	switch protocol {
	case pppIPv4, pppIPv6:
		return d.ip(s.skip(size))
	case pppMPLS, pppMPLSMulti:
		return d.mpls(s.skip(size))
	}
	return NotTCP
}

// pppoe decodes a PPPoE session header (RFC 2516, 4); only code 0 carries a session's frames.
func (d *decoder) pppoe(s span) Kind {
	if len(s.b) < 6 {
		return d.lack(s, 6)
	}
	if s.b[0] != 0x11 || s.b[1] != 0 {
		return NotTCP
	}
	length := int(be16(s.b[4:]))
	return d.ppp(s.skip(6).limit(length))
}

// ciscoHDLC decodes Cisco's HDLC header: address, control, EtherType.
func (d *decoder) ciscoHDLC(s span) Kind {
	if len(s.b) < 4 {
		return d.lack(s, 4)
	}
	t := be16(s.b[2:])
	if t < minEtherType {
		return NotTCP
	}
	return d.etherType(t, s.skip(4))
}
