package wire

// tcp decodes a TCP header (RFC 9293, 3.1). Its fixed 20 bytes suffice: options that the snap length cut are marked.
func (d *decoder) tcp(s span) Kind {
	if len(s.b) < 20 {
		return d.lack(s, 20)
	}
	size := int(s.b[12]>>4) * 4
	if size < 20 || size > s.n {
		return Malformed
	}
	d.p.Segment.tcp(s, size)
	return TCP
}

// tcp fills the fields of the TCP header at s, which is size bytes long and of which at least 20 were captured.
func (g *Segment) tcp(s span, size int) {
	h := s.b[:20:20]
	g.SrcPort, g.DstPort = be16(h), be16(h[2:])
	g.Seq, g.Ack = Seq(be32(h[4:])), Seq(be32(h[8:]))
	g.Flags = Flags(be16(h[12:]) & 0x1ff)
	g.Window, g.Checksum, g.Urgent = be16(h[14:]), be16(h[16:]), be16(h[18:])
	g.Len = uint32(s.n - size)
	g.Raw = s.b
	captured := min(size, len(s.b))
	g.Payload = s.b[captured:]
	g.Options.parse(s.b[20:captured], size-captured)
}
