package wire

// Local networks other than Ethernet: each has a header of its own, and 802.2 behind it.

// fddi decodes a frame of FDDI; other kinds of frames manage the ring (ANSI X3.139, 7.3.3). Addresses are as the capture
// has them: some systems write their bits in the order of the ring.
func (d *decoder) fddi(s span) Kind {
	const kind, llc = 0xf0, 0x50
	if len(s.b) < 13 {
		return d.lack(s, 13)
	}
	if s.b[0]&kind != llc {
		return NotTCP
	}
	d.p.Segment.DstMAC, d.p.Segment.SrcMAC = [6]byte(s.b[1:]), [6]byte(s.b[7:])
	return d.llc(s.skip(13))
}

// tokenRing decodes a frame of a token ring. The first bit of the source address says that the bridges on the way follow
// (IEEE 802.5, 3.2.3; 802.1D, annex C).
func (d *decoder) tokenRing(s span) Kind {
	const kind, llc, routed = 0xc0, 0x40, 0x80
	if len(s.b) < 14 {
		return d.lack(s, 14)
	}
	if s.b[1]&kind != llc {
		return NotTCP
	}
	d.p.Segment.DstMAC, d.p.Segment.SrcMAC = [6]byte(s.b[2:]), [6]byte(s.b[8:])
	isRouted := s.b[8]&routed != 0
	d.p.Segment.SrcMAC[0] &^= routed
	if s = s.skip(14); !isRouted {
		return d.llc(s)
	}
	if len(s.b) < 1 {
		return d.lack(s, 1)
	}
	return d.after(int(s.b[0]&0x1f), s, d.llc)
}

// fireWire decodes IP over IEEE 1394 as Apple's systems capture it: two addresses of eight bytes and an EtherType.
func (d *decoder) fireWire(s span) Kind {
	if len(s.b) < 18 {
		return d.lack(s, 18)
	}
	return d.etherType(be16(s.b[16:]), s.skip(18))
}

// frameRelay decodes a frame with an address of two bytes: with the control field and protocol identifier of RFC 2427
// (3 and 4), or with an EtherType, as Cisco's routers send it.
func (d *decoder) frameRelay(s span) Kind {
	const unnumbered, nlpidIPv4, nlpidIPv6, nlpidSNAP = 0x03, 0xcc, 0x8e, 0x80
	if len(s.b) < 4 {
		return d.lack(s, 4)
	}
	if s.b[2] != unnumbered {
		return d.etherType(be16(s.b[2:]), s.skip(4))
	}
	s = s.skip(3)
	if s.b[0] == 0 { // padding to an even length
		s = s.skip(1)
	}
	if len(s.b) < 1 {
		return d.lack(s, 1)
	}
	switch s.b[0] {
	case nlpidIPv4, nlpidIPv6:
		return d.ip(s.skip(1))
	case nlpidSNAP:
		return d.afterSNAP(s.skip(1))
	}
	return NotTCP
}
