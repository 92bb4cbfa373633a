package wire

// UDP ports that tunnels are known by.
const (
	portL2TP     = 1701
	portGTPU     = 2152
	portTeredo   = 3544
	portVXLAN    = 4789
	portVXLANGPE = 4790
	portGRE      = 4754 // RFC 8086
	portGeneve   = 6081
	portMPLS     = 6635
	portAYIYA    = 5072
	portVXLANOld = 8472 // Linux's default from before 4789 was assigned
)

// udpTunnel decodes the payload of a datagram between ports src and dst. Most tunnels vary the source port to spread
// flows over paths, so the destination names them; Teredo and AYIYA answer from their own port.
func (d *decoder) udpTunnel(src, dst uint16, s span) Kind {
	switch dst {
	case portVXLAN, portVXLANOld, portVXLANGPE:
		return d.vxlan(s, dst == portVXLANGPE)
	case portGeneve:
		return d.geneve(s)
	case portGTPU:
		return d.gtp(s)
	case portL2TP:
		return d.l2tp(s)
	case portMPLS:
		d.enter(0)
		return d.mpls(s)
	case portGRE:
		return d.gre(s)
	}
	switch {
	case src == portTeredo || dst == portTeredo:
		return d.teredo(s)
	case src == portAYIYA || dst == portAYIYA:
		return d.ayiya(s)
	case isTeredo(s):
		return d.teredo(s)
	}
	return NotTCP
}

// isTeredo reports whether a datagram is a packet between a Teredo client and its relay or another client: no port of
// theirs is fixed, but an IPv6 header that fits, with an address of Teredo's own prefix, is (RFC 4380, 2.6 and 5.2.2).
func isTeredo(s span) bool {
	const header, prefix = 40, 0x20010000
	return len(s.b) >= header && s.b[0]>>4 == 6 && header+int(be16(s.b[4:])) <= s.n &&
		(be32(s.b[8:]) == prefix || be32(s.b[24:]) == prefix)
}

// vxlan decodes VXLAN (RFC 7348, 5) and, when generic, its extension with a protocol field (draft-ietf-nvo3-vxlan-gpe).
func (d *decoder) vxlan(s span, generic bool) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	flags, protocol := s.b[0], s.b[3]
	if flags&0x08 == 0 {
		return Malformed
	}
	d.enter(be32(s.b[4:]) >> 8)
	s = s.skip(8)
	switch {
	case !generic || flags&0x04 == 0 || protocol == 3:
		return d.ethernet(s)
	case protocol == 1 || protocol == 2:
		return d.ip(s)
	case protocol == 4:
		return d.serviceHeader(s)
	case protocol == 5:
		return d.mpls(s)
	}
	return NotTCP
}

// geneve decodes Geneve (RFC 8926, 3.4).
func (d *decoder) geneve(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	if s.b[0]>>6 != 0 {
		return Malformed
	}
	size, protocol := 8+int(s.b[0]&0x3f)*4, be16(s.b[2:])
	if len(s.b) < size {
		return d.lack(s, size)
	}
	if protocol < minEtherType {
		return NotTCP
	}
	d.enter(be32(s.b[4:]) >> 8)
	return d.etherType(protocol, s.skip(size))
}

// gtpUserData is the message type that carries a subscriber's packet (3GPP TS 29.281, 6.1).
const gtpUserData = 255

// gtp decodes GTP-U version 1 (3GPP TS 29.281, 5). Its tunnel ids differ by direction.
func (d *decoder) gtp(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	flags := s.b[0]
	if flags>>4 != 3 || s.b[1] != gtpUserData {
		return NotTCP
	}
	length := int(be16(s.b[2:]))
	s = s.skip(8).within(length)
	if flags&7 != 0 { // sequence number, N-PDU number and next extension are there together
		if len(s.b) < 4 {
			return d.lack(s, 4)
		}
		next := s.b[3]
		for s = s.skip(4); next != 0; {
			if len(s.b) < 1 {
				return d.lack(s, 1)
			}
			size := int(s.b[0]) * 4
			if size == 0 {
				return Malformed
			}
			if len(s.b) < size {
				return d.lack(s, size)
			}
			next, s = s.b[size-1], s.skip(size)
		}
	}
	d.enter(0)
	return d.ip(s)
}

// l2tp decodes a data message of L2TP version 2 (RFC 2661, 3.1). Its session ids differ by direction.
func (d *decoder) l2tp(s span) Kind {
	if len(s.b) < 2 {
		return d.lack(s, 2)
	}
	flags, size := be16(s.b), 6
	if flags&0x8000 != 0 || flags&0xf != 2 {
		return NotTCP
	}
	if flags&0x4000 != 0 { // length
		size += 2
	}
	if flags&0x0800 != 0 { // sequence numbers
		size += 4
	}
	if flags&0x0200 != 0 { // offset
		size += 2
		if len(s.b) < size {
			return d.lack(s, size)
		}
		size += int(be16(s.b[size-2:]))
	}
	d.enter(0)
	return d.after(size, s, d.pppFrame)
}

// teredo decodes IPv6 over Teredo, past its authentication and origin indications (RFC 4380, 5.1.1).
func (d *decoder) teredo(s span) Kind {
	if len(s.b) >= 4 && be16(s.b) == 1 {
		size := 13 + int(s.b[2]) + int(s.b[3])
		if len(s.b) < size {
			return d.lack(s, size)
		}
		s = s.skip(size)
	}
	if len(s.b) >= 8 && be16(s.b) == 0 {
		s = s.skip(8)
	}
	if len(s.b) < 1 || s.b[0]>>4 != 6 {
		return NotTCP
	}
	d.enter(0)
	return d.ip(s)
}

// ayiya decodes a tunnel broker's AYIYA (draft-massar-v6ops-ayiya, 3): its header holds an identity of 2ⁿ bytes and a
// signature of n words.
func (d *decoder) ayiya(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	const forward = 1
	size, operation, next := 8+1<<(s.b[0]>>4)+int(s.b[1]>>4)*4, s.b[2]&0xf, s.b[3]
	if operation != forward || next != protoIPIP && next != protoIPv6 {
		return NotTCP
	}
	d.enter(0)
	return d.after(size, s, d.ip)
}
