package wire

// EtherTypes that lead on to other headers. Values below minEtherType are 802.3 lengths, but Linux's cooked headers use
// 4 for 802.2, and Packet.EtherType does so too.
const (
	etherLLC        = 0x0004
	minEtherType    = 0x0600
	etherIPv4       = 0x0800
	etherARP        = 0x0806
	etherERSPAN3    = 0x22eb
	etherBridging   = 0x6558 // transparent Ethernet bridging
	etherVLAN       = 0x8100
	etherIPv6       = 0x86dd
	etherPPP        = 0x880b
	etherMPLS       = 0x8847
	etherMPLSMulti  = 0x8848
	etherPPPoEDisc  = 0x8863
	etherPPPoE      = 0x8864
	etherQinQ       = 0x88a8
	etherERSPAN     = 0x88be
	etherBackbone   = 0x88e7 // 802.1ah
	etherQinQOld    = 0x9100
	etherQinQOlder  = 0x9200
	etherFabricPath = 0x8903
	etherTrustSec   = 0x8909 // Cisco's security group tag
	etherVNTag      = 0x8926 // 802.1Qbh
	etherHSR        = 0x892f // IEC 62439-3
	etherNSH        = 0x894f
	etherRedundancy = 0xf1c1 // 802.1CB
	etherWCCP       = 0x883e
	maxEthernetBody = 1500
)

// tagSize returns the length of the tag that an EtherType announces, whose last two bytes are the next one; 0 when it
// announces something else.
func tagSize(etherType uint16) int {
	switch etherType {
	case etherVLAN, etherQinQ, etherQinQOld, etherQinQOlder:
		return 4
	case etherVNTag, etherHSR, etherRedundancy:
		return 6
	case etherTrustSec:
		return 8
	}
	return 0
}

// etherType decodes what an EtherType announces, past any stack of tags; the outermost VLAN is the segment's.
func (d *decoder) etherType(t uint16, s span) Kind {
	for size := tagSize(t); size > 0; size = tagSize(t) {
		if len(s.b) < size {
			return d.lack(s, size)
		}
		if size == 4 && d.p.Segment.VLAN == 0 {
			d.p.Segment.VLAN = be16(s.b) & 0xfff
		}
		t, s = be16(s.b[size-2:]), s.skip(size)
	}
	if t <= maxEthernetBody {
		return d.llc(s.limit(int(t)))
	}
	d.p.EtherType, d.p.Proto = t, 0
	switch t {
	case etherIPv4, etherIPv6:
		return d.ip(s)
	case etherARP:
		return d.arp(s)
	case etherMPLS, etherMPLSMulti:
		return d.mpls(s)
	case etherPPPoE:
		return d.pppoe(s)
	case etherBridging:
		return d.ethernet(s)
	case etherBackbone:
		return d.after(4, s, d.ethernet)
	case etherFabricPath: // a forwarding tag and a hop count, behind the addresses of two switches
		return d.after(2, s, d.ethernet)
	case etherNSH:
		return d.serviceHeader(s)
	}
	return NotTCP
}

// serviceHeader decodes what a chain of services carries (RFC 8300, 2.2).
func (d *decoder) serviceHeader(s span) Kind {
	if len(s.b) < 4 {
		return d.lack(s, 4)
	}
	size := int(s.b[1]&0x3f) * 4
	switch next := s.b[3]; {
	case size < 8:
		return Malformed
	case next == 1 || next == 2:
		return d.after(size, s, d.ip)
	case next == 3:
		return d.after(size, s, d.ethernet)
	case next == 5:
		return d.after(size, s, d.mpls)
	}
	return NotTCP
}

// after decodes with next what follows a header of k bytes that says nothing about segments.
func (d *decoder) after(k int, s span, next func(span) Kind) Kind {
	if len(s.b) < k {
		return d.lack(s, k)
	}
	return next(s.skip(k))
}

// llc decodes an 802.2 header: SNAP with an EtherType (RFC 1042), or IP's own service access point.
func (d *decoder) llc(s span) Kind {
	d.p.EtherType, d.p.Proto = etherLLC, 0
	if len(s.b) < 3 {
		return d.lack(s, 3)
	}
	switch [3]byte(s.b) {
	case [3]byte{0x06, 0x06, 0x03}:
		return d.ip(s.skip(3))
	case [3]byte{0xaa, 0xaa, 0x03}:
		return d.snap(s)
	}
	return NotTCP
}

// snap decodes an 802.2 header with protocol identifier: an EtherType when the organisation is 0 or that of bridged
// encapsulation (802.1H).
func (d *decoder) snap(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	return d.afterSNAP(s.skip(3))
}

// afterSNAP decodes from the organisation on.
func (d *decoder) afterSNAP(s span) Kind {
	if len(s.b) < 5 {
		return d.lack(s, 5)
	}
	organisation := be32(s.b) >> 8
	t := be16(s.b[3:])
	if organisation != 0 && organisation != 0x0000f8 || t < minEtherType {
		return NotTCP
	}
	return d.etherType(t, s.skip(5))
}

// mpls decodes a label stack. Nothing in it says what follows the bottom label: the first four bits do, by convention
// (RFC 4928, 3; RFC 4385, 3).
func (d *decoder) mpls(s span) Kind {
	for bottom := false; !bottom; {
		if len(s.b) < 4 {
			return d.lack(s, 4)
		}
		bottom = s.b[2]&1 != 0
		s = s.skip(4)
	}
	if len(s.b) < 1 {
		return d.lack(s, 1)
	}
	switch s.b[0] >> 4 {
	case 4, 6:
		return d.ip(s)
	case 0:
		return d.pseudowire(s)
	}
	if s.b[0]>>4 != 1 && looksEthernet(s.b) { // 1 is an associated channel, not traffic
		return d.ethernet(s)
	}
	return NotTCP
}

// pseudowire decodes what follows a label stack and begins with four zero bits: a control word and an Ethernet frame,
// or the frame alone. Only the end routers know whether the word is there (RFC 4448, 4.6).
func (d *decoder) pseudowire(s span) Kind {
	switch {
	case len(s.b) < 18 && d.cut && s.n >= 18:
		return Truncated
	case len(s.b) >= 18 && looksEthernet(s.b[4:]):
		return d.ethernet(s.skip(4))
	case looksEthernet(s.b):
		return d.ethernet(s)
	}
	return NotTCP
}

// looksEthernet reports whether b seems to be an Ethernet frame that can lead to a segment.
func looksEthernet(b []byte) bool {
	if len(b) < 14 {
		return false
	}
	switch be16(b[12:]) {
	case etherIPv4, etherIPv6, etherARP, etherVLAN, etherQinQ, etherQinQOld, etherMPLS, etherPPPoE:
		return true
	}
	return false
}

// arp decodes ARP for IPv4 over Ethernet (RFC 826). A reply is about its sender's address.
func (d *decoder) arp(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	if be16(s.b[2:]) != etherIPv4 || s.b[4] != 6 || s.b[5] != 4 {
		return NotTCP
	}
	if len(s.b) < 28 {
		return d.lack(s, 28)
	}
	op := be16(s.b[6:])
	if op != 1 && op != 2 {
		return NotTCP
	}
	n := &d.p.Neighbor
	n.Frame, n.Time, n.Reply = d.p.Segment.Frame, d.p.Segment.Time, op == 2
	n.Sender, n.MAC = addr4(s.b[14:]), [6]byte(s.b[8:])
	n.Target = n.Sender
	if !n.Reply {
		n.Target = addr4(s.b[24:])
	}
	return Neighbor
}
