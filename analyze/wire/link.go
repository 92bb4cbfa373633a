package wire

import (
	"encoding/binary"

	"tcplab/capture"
)

// link decodes from the link-layer header that type t names (pcap-linktype(7)).
func (d *decoder) link(t capture.LinkType, s span) Kind {
	switch t {
	case capture.LinkEthernet:
		return d.ethernet(s)
	case capture.LinkNull, capture.LinkLoop:
		return d.loopback(s)
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOpenBSD, capture.LinkIPv4, capture.LinkIPv6:
		return d.ip(s)
	case capture.LinkLinuxSLL:
		return d.cooked(s)
	case capture.LinkLinuxSLL2:
		return d.cooked2(s)
	case capture.LinkPPP, capture.LinkPPPHDLC:
		return d.pppFrame(s)
	case capture.LinkPPPEther:
		return d.pppoe(s)
	case capture.LinkCHDLC:
		return d.ciscoHDLC(s)
	case capture.LinkNFLog:
		return d.nflog(s)
	case capture.LinkWiFi:
		return d.wifi(s)
	case capture.LinkRadiotap:
		return d.radiotap(s)
	case capture.LinkPPI:
		return d.perPacket(s)
	case capture.LinkERF:
		return d.erf(s)
	case capture.LinkPKTAP:
		return d.packetTap(s)
	}
	return d.rareLink(t, s)
}

// rareLink decodes link layers that captures of today seldom have.
func (d *decoder) rareLink(t capture.LinkType, s span) Kind {
	switch t {
	case capture.LinkTokenRing:
		return d.tokenRing(s)
	case capture.LinkFDDI:
		return d.fddi(s)
	case capture.LinkATM:
		return d.llc(s)
	case capture.LinkFrameRelay:
		return d.frameRelay(s)
	case capture.LinkPFLog:
		return d.pflog(s)
	case capture.LinkPrism, capture.LinkAVS:
		return d.prism(s)
	case capture.LinkFibreChannel: // two addresses of eight bytes (RFC 2625, 3.2)
		return d.after(16, s, d.llc)
	case capture.LinkFireWire:
		return d.fireWire(s)
	}
	return UnknownLink
}

// perPacket decodes a PPI header (CACE's Per-Packet Information), which names the link type that follows it.
func (d *decoder) perPacket(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	return d.inner(binary.LittleEndian.Uint32(s.b[4:]), int(binary.LittleEndian.Uint16(s.b[2:])), s)
}

// packetTap decodes the header of macOS's pktap device, which also names the link type that follows it.
func (d *decoder) packetTap(s span) Kind {
	if len(s.b) < 12 {
		return d.lack(s, 12)
	}
	return d.inner(binary.LittleEndian.Uint32(s.b[8:]), int(binary.LittleEndian.Uint32(s.b)), s)
}

// inner decodes a frame of link type t behind a header of size bytes that is no link layer itself.
func (d *decoder) inner(t uint32, size int, s span) Kind {
	if size < 8 || t > 0xffff || !d.deeper() {
		return Malformed
	}
	if len(s.b) < size {
		return d.lack(s, size)
	}
	return d.link(capture.LinkType(t), s.skip(size))
}

// ethernet decodes an Ethernet II or IEEE 802.3 frame. The addresses kept are those of the innermost frame: they
// belong to the hosts or routers next to the segment, not to the ends of the tunnel.
func (d *decoder) ethernet(s span) Kind {
	if len(s.b) < 14 {
		return d.lack(s, 14)
	}
	if !d.deeper() {
		return NotTCP
	}
	copy(d.p.Segment.DstMAC[:], s.b[:6])
	copy(d.p.Segment.SrcMAC[:], s.b[6:12])
	return d.etherType(be16(s.b[12:]), s.skip(14))
}

// loopback decodes BSD's NULL and LOOP headers: the address family of the capturing system in four bytes. NULL has it
// in that system's byte order, so both are tried; AF_INET6 is 10, 24, 28 or 30, depending on the system.
func (d *decoder) loopback(s span) Kind {
	if len(s.b) < 4 {
		return d.lack(s, 4)
	}
	family := be32(s.b)
	if family > 0xffff {
		family = binary.LittleEndian.Uint32(s.b)
	}
	switch family {
	case 2, 10, 24, 28, 30:
		return d.ip(s.skip(4))
	}
	return NotTCP
}

// cooked decodes the header of Linux's "any" device (LINUX_SLL), which has no destination address.
func (d *decoder) cooked(s span) Kind {
	if len(s.b) < 16 {
		return d.lack(s, 16)
	}
	if be16(s.b[4:]) == 6 {
		copy(d.p.Segment.SrcMAC[:], s.b[6:12])
	}
	return d.cookedType(be16(s.b[2:]), be16(s.b[14:]), s.skip(16))
}

// cooked2 decodes LINUX_SLL2.
func (d *decoder) cooked2(s span) Kind {
	if len(s.b) < 20 {
		return d.lack(s, 20)
	}
	if s.b[11] == 6 {
		copy(d.p.Segment.SrcMAC[:], s.b[12:18])
	}
	return d.cookedType(be16(s.b[8:]), be16(s.b), s.skip(20))
}

// arphrdNetlink is the device type of Linux's nlmon: the protocol field is then a netlink family.
const arphrdNetlink = 824

// cookedType decodes what follows a cooked header from a device of type hardware.
func (d *decoder) cookedType(hardware, protocol uint16, s span) Kind {
	switch {
	case hardware == arphrdNetlink:
		return NotTCP
	case protocol == etherLLC:
		return d.llc(s)
	case protocol < minEtherType:
		d.p.EtherType = protocol
		return NotTCP
	}
	return d.etherType(protocol, s)
}

// pflog decodes a record of the BSDs' packet filter; its first byte is the header's length, without padding.
func (d *decoder) pflog(s span) Kind {
	if len(s.b) < 1 {
		return d.lack(s, 1)
	}
	return d.after((int(s.b[0])+3)&^3, s, d.ip)
}

// nflogPayload is the attribute of an NFLOG record that holds the packet (NFULA_PAYLOAD).
const nflogPayload = 9

// nflog decodes a record of Linux's netfilter log: a header of four bytes, then attributes in the byte order of the
// capturing host, which an attribute type below 256 gives away.
func (d *decoder) nflog(s span) Kind {
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	s = s.skip(4)
	order := func(b []byte) int { return int(binary.LittleEndian.Uint16(b)) }
	if order(s.b[2:]) > 0xff {
		order = func(b []byte) int { return int(be16(b)) }
	}
	for len(s.b) >= 4 {
		length := order(s.b)
		if length < 4 {
			return Malformed
		}
		if order(s.b[2:])&0x7fff == nflogPayload {
			return d.ip(s.limit(length).skip(4))
		}
		aligned := (length + 3) &^ 3
		if aligned > len(s.b) {
			return d.lack(s, aligned)
		}
		s = s.skip(aligned)
	}
	return NotTCP
}
