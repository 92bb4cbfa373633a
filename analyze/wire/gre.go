package wire

// gre decodes GRE (RFC 2784, RFC 2890) and PPTP's version of it (RFC 2637, 4.1).
func (d *decoder) gre(s span) Kind {
	if len(s.b) < 4 {
		return d.lack(s, 4)
	}
	flags, protocol := be16(s.b), be16(s.b[2:])
	hasKey, hasSequence, enhanced := flags&0x2000 != 0, flags&0x1000 != 0, flags&7 == 1
	size, keyAt := 4, 0
	if flags&0xc000 != 0 { // checksum or source routing: both make room for checksum and offset
		size += 4
	}
	if hasKey {
		keyAt = size
		size += 4
	}
	if hasSequence {
		size += 4
	}
	if enhanced && flags&0x80 != 0 { // acknowledgement number
		size += 4
	}
	if len(s.b) < size {
		return d.lack(s, size)
	}
	switch {
	case flags&0x4000 != 0 || flags&7 > 1: // source routing was withdrawn with RFC 1701
		return NotTCP
	case enhanced: // the key holds a length and the receiver's call id, which differs by direction
		return d.pptp(protocol, s.skip(size))
	case hasKey && protocol == etherBridging: // NVGRE's key ends in a byte that varies by flow (RFC 7637, 3.2)
		d.enter(be32(s.b[keyAt:]) >> 8)
	case hasKey:
		d.enter(be32(s.b[keyAt:]))
	default:
		d.enter(0)
	}
	return d.greProtocol(protocol, hasSequence, s.skip(size))
}

// pptp decodes the PPP frame that PPTP carries.
func (d *decoder) pptp(protocol uint16, s span) Kind {
	if protocol != etherPPP || s.n == 0 { // an empty one only acknowledges
		return NotTCP
	}
	d.enter(0)
	return d.pppFrame(s)
}

// Aruba's access points send the 802.11 frames of each virtual access point under a protocol of its own.
const (
	arubaFirst = 0x8200
	arubaLast  = 0x8370
)

// greProtocol decodes what a GRE header announces. ERSPAN has no header of its own in type I, which is known by the
// missing sequence number (draft-foschiano-erspan, 4).
func (d *decoder) greProtocol(protocol uint16, hasSequence bool, s span) Kind {
	switch {
	case protocol == etherERSPAN && !hasSequence:
		return d.ethernet(s)
	case protocol == etherERSPAN:
		return d.after(8, s, d.ethernet)
	case protocol == etherERSPAN3:
		return d.erspan3(s)
	case protocol == etherPPP:
		return d.pppFrame(s)
	case protocol == etherWCCP:
		return d.wccp(s)
	case protocol >= arubaFirst && protocol <= arubaLast && protocol&0xf == 0:
		return d.wifi(s)
	case protocol < minEtherType:
		return NotTCP
	}
	return d.etherType(protocol, s)
}

// erspan3 decodes ERSPAN type III, which can mirror IP packets without their link layer.
func (d *decoder) erspan3(s span) Kind {
	if len(s.b) < 12 {
		return d.lack(s, 12)
	}
	size, frameType := 12, s.b[10]>>2&0x1f
	if s.b[11]&1 != 0 { // a platform-specific header follows
		size += 8
	}
	switch frameType {
	case 0:
		return d.after(size, s, d.ethernet)
	case 2:
		return d.after(size, s, d.ip)
	}
	return NotTCP
}

// wccp decodes a packet that a router redirected to a web cache; version 2 of WCCP puts four bytes before it.
func (d *decoder) wccp(s span) Kind {
	if len(s.b) >= 1 && s.b[0]>>4 == 4 {
		return d.ip(s)
	}
	return d.after(4, s, d.ip)
}
