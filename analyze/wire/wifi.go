package wire

import "encoding/binary"

// radiotap decodes the header that wireless drivers put before an 802.11 frame; its length comes third, in little
// endian.
func (d *decoder) radiotap(s span) Kind {
	if len(s.b) < 4 {
		return d.lack(s, 4)
	}
	return d.after(max(4, int(binary.LittleEndian.Uint16(s.b[2:]))), s, d.wifi)
}

// prism decodes the header of drivers older than radiotap: of AVS, whose number and length come first, or of the Prism
// chips, of 144 bytes.
func (d *decoder) prism(s span) Kind {
	const avs, prismSize = 0x80211000, 144
	if len(s.b) < 8 {
		return d.lack(s, 8)
	}
	if be32(s.b)&0xfffff000 == avs {
		return d.after(int(min(be32(s.b[4:]), 1<<16)), s, d.wifi)
	}
	return d.after(prismSize, s, d.wifi)
}

// The bits of an 802.11 frame's first two bytes that matter (IEEE 802.11, 9.2.4.1).
const (
	wifiKind      = 0x0c // in the first byte: management, control, data
	wifiData      = 0x08
	wifiNoData    = 0x40
	wifiQoS       = 0x80
	wifiToDS      = 0x01 // in the second byte
	wifiFromDS    = 0x02
	wifiFragments = 0x04
	wifiProtected = 0x40
	wifiOrder     = 0x80
)

// wifi decodes an 802.11 data frame that is neither encrypted nor in pieces, as an access point hands it on or an open
// network sends it.
func (d *decoder) wifi(s span) Kind {
	d.p.EtherType, d.p.Proto = 0, 0
	if len(s.b) < 24 {
		return d.lack(s, 24)
	}
	first, second := s.b[0], s.b[1]
	if first&(wifiKind|wifiNoData) != wifiData || second&(wifiProtected|wifiFragments) != 0 || s.b[22]&0xf != 0 {
		return NotTCP
	}
	d.wifiAddresses(s.b, second)
	size := 24
	if second&wifiToDS != 0 && second&wifiFromDS != 0 { // a fourth address
		size += 6
	}
	if first&wifiQoS != 0 {
		size += 2
		if second&wifiOrder != 0 { // high throughput control
			size += 4
		}
	}
	return d.after(size, s, d.llc)
}

// wifiAddresses takes destination and source from the places that the direction gives them (IEEE 802.11, table 9-30).
func (d *decoder) wifiAddresses(b []byte, direction uint8) {
	dst, src := b[4:10], b[10:16]
	switch direction & (wifiToDS | wifiFromDS) {
	case wifiToDS:
		dst = b[16:22]
	case wifiFromDS:
		src = b[16:22]
	case wifiToDS | wifiFromDS:
		dst = b[16:22]
		if len(b) >= 30 {
			src = b[24:30]
		}
	}
	d.p.Segment.DstMAC, d.p.Segment.SrcMAC = [6]byte(dst), [6]byte(src)
}
