package wireshark

import (
	"encoding/binary"
	"slices"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

func address(host byte) wire.Addr {
	return wire.Addr{10: 0xff, 11: 0xff, 12: 10, 15: host}
}

// encodePcap writes frames as a nanosecond pcap file of raw IPv4 packets.
func encodePcap(frames []invented) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, 0xa1b23c4d)
	out = le.AppendUint32(out, 2|4<<16)
	out = append(out, make([]byte, 8)...)
	out = le.AppendUint32(out, 262144)
	out = le.AppendUint32(out, uint32(capture.LinkRaw))
	for i := range frames {
		p := frames[i].encode()
		now := frames[i].segment.Time
		out = le.AppendUint32(out, uint32(now/1e9))
		out = le.AppendUint32(out, uint32(now%1e9))
		out = le.AppendUint32(out, uint32(len(p)))
		out = le.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

// encode returns the packet; an ICMP error is "administratively prohibited", from a router to the sender.
func (v *invented) encode() []byte {
	p := encodeIPv4(&v.segment)
	if v.quoted == 0 {
		return p
	}
	quote := p[:20+v.quoted]
	out := []byte{0x45, 0, 0, byte(28 + len(quote)), 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 99}
	out = append(out, v.segment.Src[12:]...)
	out = append(out, 3, 13, 0, 0, 0, 0, 0, 0)
	return append(out, quote...)
}

func encodeIPv4(s *wire.Segment) []byte {
	be := binary.BigEndian
	header := 20 + len(s.Options.Raw)
	p := []byte{0x45, 0}
	p = be.AppendUint16(p, uint16(20+header)+uint16(s.Len))
	p = append(p, 0, 0, 0, 0, s.TTL, 6, 0, 0)
	p = append(append(p, s.Src[12:]...), s.Dst[12:]...)
	p = be.AppendUint16(be.AppendUint16(p, s.SrcPort), s.DstPort)
	p = be.AppendUint32(be.AppendUint32(p, uint32(s.Seq)), uint32(s.Ack))
	p = be.AppendUint16(p, uint16(header/4)<<12|uint16(s.Flags))
	p = be.AppendUint16(p, s.Window)
	p = append(p, 0, 0, 0, 0)
	p = append(p, s.Options.Raw...)
	return slices.Concat(p, make([]byte, s.Len))
}
