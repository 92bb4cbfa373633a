package wire

import "encoding/binary"

// ip decodes an IP header of the version that its first four bits tell, whatever announced it.
func (d *decoder) ip(s span) Kind {
	if len(s.b) < 1 {
		return d.lack(s, 1)
	}
	if !d.deeper() {
		return NotTCP
	}
	switch s.b[0] >> 4 {
	case 4:
		return d.ipv4(s)
	case 6:
		return d.ipv6(s)
	}
	return Malformed
}

// ipv4 decodes an IPv4 header (RFC 791, 3.1).
func (d *decoder) ipv4(s span) Kind {
	d.p.EtherType = etherIPv4
	if len(s.b) < 20 {
		return d.lack(s, 20)
	}
	h := s.b[:20:20]
	size, total := int(h[0]&15)*4, int(be16(h[2:]))
	seg := &d.p.Segment
	seg.NoLength = total == 0
	if total == 0 { // segmentation offload: the field holds 16 bits, so Linux leaves it 0 above 64 KiB (BIG TCP)
		total = s.n
	}
	if size < 20 || total < size {
		return Malformed
	}
	fragment := be16(h[6:])
	seg.V6, seg.DF = false, fragment&0x4000 != 0
	seg.TOS, seg.TTL, seg.IPID = h[1], h[8], be16(h[4:])
	seg.Src, seg.Dst = addr4(h[12:]), addr4(h[16:])
	seg.Beyond = s.lacking(total)
	s = s.limit(total)
	if len(s.b) < size {
		return d.lack(s, size)
	}
	if size > 20 {
		sourceRoute(s.b[20:size], &seg.Dst)
	}
	s = s.skip(size)
	d.p.Proto = h[9]
	if fragment&0x3fff != 0 {
		return d.fragment(s, uint32(seg.IPID), int(fragment&0x1fff)*8, fragment&0x2000 != 0)
	}
	return d.transport(h[9], s)
}

// addr4 returns the IPv4 address in the first four bytes of b.
func addr4(b []byte) (a Addr) {
	// One store of 00 00 ff ff and the address; the bytes before it are zero.
	binary.LittleEndian.PutUint64(a[8:], 0xffff<<16|uint64(binary.LittleEndian.Uint32(b))<<32)
	return a
}

// sourceRoute sets dst to the last address of a source route that is not used up: the host which the segment is for,
// and which its checksum covers (RFC 1122, 3.2.1.8).
func sourceRoute(options []byte, dst *Addr) {
	for len(options) > 0 && options[0] != 0 {
		if options[0] == 1 {
			options = options[1:]
			continue
		}
		if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
			return
		}
		o := options[:options[1]]
		if (o[0] == 131 || o[0] == 137) && len(o) >= 7 && int(o[2]) <= len(o)-3 {
			*dst = addr4(o[len(o)-4:])
		}
		options = options[len(o):]
	}
}
