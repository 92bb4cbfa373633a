package wire

import "encoding/binary"

// IP protocols that lead on to segments.
const (
	protoICMP     = 1
	protoIPIP     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoGRE      = 47
	protoAH       = 51
	protoICMPv6   = 58
	protoEtherIP  = 97
	protoMPLS     = 137
	protoEthernet = 143
)

// tunnel decodes an IP protocol that carries another network layer.
func (d *decoder) tunnel(proto uint8, s span) Kind {
	switch proto {
	case protoIPIP, protoIPv6:
		d.enter(0)
		return d.ip(s)
	case protoGRE:
		return d.gre(s)
	case protoEtherIP:
		d.enter(0)
		return d.after(2, s, d.ethernet)
	case protoMPLS:
		d.enter(0)
		return d.mpls(s)
	case protoEthernet:
		d.enter(0)
		return d.ethernet(s)
	}
	return NotTCP
}

// enter folds the addresses of the current IP header and a tunnel's id into Segment.Tunnel. The addresses are hashed
// one by one and added, so both directions give the same number; ids that differ by direction, as GTP's, stay out.
func (d *decoder) enter(id uint32) {
	g := &d.p.Segment
	h := mix(uint64(g.Tunnel)<<32|uint64(id)) + hashAddr(&g.Src) + hashAddr(&g.Dst)
	if g.Tunnel = uint32(h >> 32); g.Tunnel == 0 {
		g.Tunnel = 1
	}
}

func hashAddr(a *Addr) uint64 {
	return mix(binary.LittleEndian.Uint64(a[:]) + mix(binary.LittleEndian.Uint64(a[8:])))
}

// mix spreads every bit of x over the result (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// udpHeader is the size of a UDP header.
const udpHeader = 8

// udp decodes a tunnel over UDP. A port is only a hint: when nothing sound is inside, this is an ordinary datagram.
func (d *decoder) udp(s span) Kind {
	if len(s.b) < udpHeader {
		return d.lack(s, udpHeader)
	}
	src, dst := be16(s.b), be16(s.b[2:])
	if length := int(be16(s.b[4:])); length >= udpHeader {
		s = s.within(length)
	}
	etherType, proto := d.p.EtherType, d.p.Proto
	kind := d.udpTunnel(src, dst, s.skip(udpHeader))
	if kind == Malformed {
		d.p.EtherType, d.p.Proto = etherType, proto
		return NotTCP
	}
	return kind
}
