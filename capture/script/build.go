package script

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"tcplab/capture"
)

// maxFrames bounds a script.
const maxFrames = 1 << 20

func (p *parser) add(at capture.Stamp, data []byte) error {
	if len(p.out.Frames) >= maxFrames {
		return fmt.Errorf("a script holds at most %d packets", maxFrames)
	}
	p.out.Frames = append(p.out.Frames, capture.Frame{
		Number: uint32(len(p.out.Frames) + 1), Time: at, Link: capture.LinkEthernet, WireLen: uint32(len(data)), Data: data,
	})
	return nil
}

// tcpFrame is the Ethernet frame of a segment.
func tcpFrame(s *segment, from, to *box) []byte {
	header := 20 + len(s.options)
	tcp := make([]byte, header, header+len(s.payload))
	binary.BigEndian.PutUint16(tcp[0:], from.port)
	binary.BigEndian.PutUint16(tcp[2:], to.port)
	binary.BigEndian.PutUint32(tcp[4:], s.seq)
	binary.BigEndian.PutUint32(tcp[8:], s.ack)
	binary.BigEndian.PutUint16(tcp[12:], uint16(header/4)<<12|s.flags)
	binary.BigEndian.PutUint16(tcp[14:], s.window)
	copy(tcp[20:], s.options)
	tcp = append(tcp, s.payload...)
	sum := checksum(pseudo(from, to, 6, len(tcp)), tcp)
	if s.badsum {
		sum++
	}
	binary.BigEndian.PutUint16(tcp[16:], sum)
	ip := ipHeader{proto: 6, ttl: s.ttl, tos: s.tos, id: s.id, df: s.df}
	return frame(s.mac, to.mac, ip.packet(from, to, tcp), from.addr.Is4())
}

// ipHeader are the fields of IPv4 or IPv6 that a script chooses.
type ipHeader struct {
	proto, ttl, tos uint8
	id              uint16
	df              bool
}

func (h *ipHeader) packet(from, to *box, payload []byte) []byte {
	if !from.addr.Is4() {
		return h.packet6(from, to, payload)
	}
	b := make([]byte, 20, 20+len(payload))
	b[0], b[1], b[8], b[9] = 0x45, h.tos, h.ttl, h.proto
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(payload)))
	binary.BigEndian.PutUint16(b[4:], h.id)
	if h.df {
		b[6] = 0x40
	}
	copy(b[12:], from.addr.AsSlice())
	copy(b[16:], to.addr.AsSlice())
	binary.BigEndian.PutUint16(b[10:], checksum(0, b))
	return append(b, payload...)
}

func (h *ipHeader) packet6(from, to *box, payload []byte) []byte {
	b := make([]byte, 40, 40+len(payload))
	binary.BigEndian.PutUint32(b, 6<<28|uint32(h.tos)<<20)
	binary.BigEndian.PutUint16(b[4:], uint16(len(payload)))
	b[6], b[7] = h.proto, h.ttl
	src, dst := from.addr.As16(), to.addr.As16()
	copy(b[8:], src[:])
	copy(b[24:], dst[:])
	return append(b, payload...)
}

func frame(src, dst [6]byte, packet []byte, v4 bool) []byte {
	b := make([]byte, 0, 14+len(packet))
	b = append(b, dst[:]...)
	b = append(b, src[:]...)
	if v4 {
		b = append(b, 0x08, 0x00)
	} else {
		b = append(b, 0x86, 0xdd)
	}
	return append(b, packet...)
}

// pseudo sums the pseudo-header of RFC 9293, 3.1 and RFC 8200, 8.1.
func pseudo(from, to *box, proto uint8, length int) uint64 {
	sum := uint64(proto) + uint64(length)
	for _, a := range [][]byte{from.addr.AsSlice(), to.addr.AsSlice()} {
		for i := 0; i < len(a); i += 2 {
			sum += uint64(binary.BigEndian.Uint16(a[i:]))
		}
	}
	return sum
}

// checksum is the Internet checksum (RFC 1071) of data, on top of sum.
func checksum(sum uint64, data []byte) uint16 {
	for ; len(data) >= 2; data = data[2:] {
		sum += uint64(binary.BigEndian.Uint16(data))
	}
	if len(data) == 1 {
		sum += uint64(data[0]) << 8
	}
	for bits.Len64(sum) > 16 {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
