package cable

import (
	"encoding/binary"
	"net/netip"
)

// The numbers that frames are made of.
const (
	etherIPv4, etherIPv6          = 0x0800, 0x86dd
	protoICMP, protoTCP, protoUDP = 1, 6, 17
	protoICMPv6                   = 58
	flagFIN, flagSYN, flagRST     = 1, 2, 4
	flagPSH, flagACK              = 8, 16
	flagURG, flagECE, flagCWR     = 32, 64, 128
	etherLen, ipv6Len, tcpMinLen  = 14, 40, 20
)

// packet is a view of a frame: where its headers begin. It writes through to the frame.
type packet struct {
	frame []byte
	v6    bool
	proto byte
	l4    int // where the transport header begins
	end   int // where the IP packet ends; padding may follow
}

// parse finds the headers. ok is false for what is not IP, or cut short: such frames are carried as they are. The lab's
// hosts send no IPv6 extension headers with TCP; where there is one, proto names it.
func parse(frame []byte) (p packet, ok bool) {
	if len(frame) < etherLen+20 {
		return p, false
	}
	ip := frame[etherLen:]
	switch binary.BigEndian.Uint16(frame[12:]) {
	case etherIPv4:
		p = packet{frame, false, ip[9], etherLen + int(ip[0]&15)*4, etherLen + int(binary.BigEndian.Uint16(ip[2:]))}
		if binary.BigEndian.Uint16(ip[6:])&0x1fff != 0 { // a later fragment has no transport header
			p.proto = 0
		}
	case etherIPv6:
		if len(ip) < ipv6Len {
			return p, false
		}
		p = packet{frame, true, ip[6], etherLen + ipv6Len, etherLen + ipv6Len + int(binary.BigEndian.Uint16(ip[4:]))}
	default:
		return p, false
	}
	if p.l4 > p.end || p.end > len(frame) || p.l4 < etherLen+20 {
		return p, false
	}
	if p.proto == protoTCP && (p.end-p.l4 < tcpMinLen || p.tcpLen() < tcpMinLen || p.tcpLen() > p.end-p.l4) {
		p.proto = 0
	}
	return p, true
}

func (p *packet) tcp() bool     { return p.proto == protoTCP }
func (p *packet) ip() []byte    { return p.frame[etherLen:p.end] }
func (p *packet) l4b() []byte   { return p.frame[p.l4:p.end] }
func (p *packet) tcpLen() int   { return int(p.frame[p.l4+12]>>4) * 4 }
func (p *packet) flags() byte   { return p.frame[p.l4+13] }
func (p *packet) seq() uint32   { return binary.BigEndian.Uint32(p.l4b()[4:]) }
func (p *packet) ack() uint32   { return binary.BigEndian.Uint32(p.l4b()[8:]) }
func (p *packet) data() []byte  { return p.l4b()[p.tcpLen():] }
func (p *packet) opts() []byte  { return p.l4b()[tcpMinLen:p.tcpLen()] }
func (p *packet) ports() uint32 { return binary.BigEndian.Uint32(p.l4b()) }

// seqLen is how much of the sequence space the segment takes.
func (p *packet) seqLen() uint32 {
	n := uint32(len(p.data()))
	for _, flag := range []byte{flagSYN, flagFIN} {
		if p.flags()&flag != 0 {
			n++
		}
	}
	return n
}

// discovery reports whether the packet is IPv6 neighbour discovery, the ARP of IPv6.
func (p *packet) discovery() bool {
	return p.proto == protoICMPv6 && p.end > p.l4 && p.frame[p.l4] >= 133 && p.frame[p.l4] <= 137
}

// hosts returns source and destination; the ports are 0 where there are none.
func (p *packet) hosts() (src, dst netip.AddrPort) {
	at, size := 12, 4
	if p.v6 {
		at, size = 8, 16
	}
	ip := p.ip()
	s, _ := netip.AddrFromSlice(ip[at : at+size])
	d, _ := netip.AddrFromSlice(ip[at+size : at+2*size])
	if (p.proto == protoTCP || p.proto == protoUDP) && p.end-p.l4 >= 4 {
		ports := p.ports()
		return netip.AddrPortFrom(s, uint16(ports>>16)), netip.AddrPortFrom(d, uint16(ports))
	}
	return netip.AddrPortFrom(s, 0), netip.AddrPortFrom(d, 0)
}

// fixChecksums makes the checksums right again after a header was rewritten.
func (p *packet) fixChecksums() {
	if !p.v6 {
		h := p.frame[etherLen:p.l4]
		binary.BigEndian.PutUint16(h[10:], 0)
		binary.BigEndian.PutUint16(h[10:], ^sum(0, h))
	}
	at := map[byte]int{protoTCP: 16, protoUDP: 6, protoICMP: 2, protoICMPv6: 2}[p.proto]
	b := p.l4b()
	if at == 0 || len(b) < at+2 {
		return
	}
	binary.BigEndian.PutUint16(b[at:], 0)
	binary.BigEndian.PutUint16(b[at:], ^sum(p.pseudoHeader(), b))
}

// pseudoHeader sums what the transport checksum covers beyond the segment: addresses, protocol, length. ICMP over IPv4
// covers nothing beyond.
func (p *packet) pseudoHeader() uint32 {
	if p.proto == protoICMP {
		return 0
	}
	addresses := p.ip()[12:20]
	if p.v6 {
		addresses = p.ip()[8:40]
	}
	return uint32(sum(uint32(p.proto)+uint32(p.end-p.l4), addresses))
}

// sum is the Internet checksum's sum (RFC 1071), not yet complemented.
func sum(start uint32, b []byte) uint16 {
	for ; len(b) >= 2; b = b[2:] {
		start += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		start += uint32(b[0]) << 8
	}
	for start>>16 != 0 {
		start = start&0xffff + start>>16
	}
	return uint16(start)
}
