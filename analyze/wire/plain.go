package wire

// The plain frame: Ethernet, IP without options or extension headers, TCP. It is nearly all traffic, so it has a way of
// its own, which takes nothing that any check of the long way would stop or note; TestPlainAgrees holds the two together.
const (
	plainTCP4 = 14 + 20
	plainTCP6 = 14 + 40
)

// decodePlain decodes data if it is a plain frame, and reports whether it was.
func decodePlain(data []byte, p *Packet) bool {
	if len(data) < plainTCP4+20 {
		return false
	}
	var s span
	switch be16(data[12:]) {
	case etherIPv4:
		s = plain4(data, p)
	case etherIPv6:
		s = plain6(data, p)
	}
	if len(s.b) < 20 {
		return false
	}
	size := int(s.b[12]>>4) * 4
	if size < 20 || size > s.n {
		return false
	}
	p.Proto = protoTCP
	p.Segment.DstMAC, p.Segment.SrcMAC = [6]byte(data), [6]byte(data[6:])
	p.Segment.tcp(s, size)
	return true
}

// plain4 returns the TCP part of a frame with a plain IPv4 header, an empty span for any other.
func plain4(data []byte, p *Packet) span {
	h := data[14:plainTCP4]
	total := int(be16(h[2:]))
	if h[0] != 0x45 || h[9] != protoTCP || be16(h[6:])&0x3fff != 0 || total < 40 || 14+total > int(p.Segment.WireLen) {
		return span{}
	}
	g := &p.Segment
	g.V6, g.NoLength, g.DF = false, false, h[6]&0x40 != 0
	g.TOS, g.TTL, g.IPID = h[1], h[8], be16(h[4:])
	g.Src, g.Dst = addr4(h[12:]), addr4(h[16:])
	p.EtherType = etherIPv4
	return span{data[plainTCP4:min(14+total, len(data))], total - 20}
}

// plain6 is plain4 for IPv6.
func plain6(data []byte, p *Packet) span {
	if len(data) < plainTCP6+20 {
		return span{}
	}
	h := data[14:plainTCP6]
	length := int(be16(h[4:]))
	if h[0]>>4 != 6 || h[6] != protoTCP || length < 20 || plainTCP6+length > int(p.Segment.WireLen) {
		return span{}
	}
	g := &p.Segment
	g.V6, g.NoLength, g.DF, g.IPID = true, false, false, 0
	g.TOS, g.TTL = h[0]<<4|h[1]>>4, h[7]
	g.Src, g.Dst = Addr(h[8:]), Addr(h[24:])
	p.EtherType = etherIPv6
	return span{data[plainTCP6:min(plainTCP6+length, len(data))], length}
}
