package wire

import (
	"encoding/binary"

	"tcplab/capture"
)

// maxNesting bounds how many Ethernet and IP headers may lie inside each other; real stacks of tunnels have at most
// four or five.
const maxNesting = 12

// Decode fills p from f and says what f is. What a tunnel carries is judged, not the tunnel: the innermost segment counts.
//
// It allocates nothing, keeps no state and never fails. p may be reused; its slices alias f.Data. In Segment.Options a
// value is valid only when Has names its option; SACK is valid up to NumSACK.
func Decode(f *capture.Frame, p *Packet) Kind {
	s := &p.Segment
	s.Frame, s.Time, s.Iface, s.WireLen = f.Number, f.Time, f.Iface, f.WireLen
	s.VLAN, s.Tunnel, s.Beyond = 0, 0, 0
	if f.Link == capture.LinkEthernet && decodePlain(f.Data, p) {
		return TCP
	}
	return decodeAny(f, p)
}

// decodeAny is Decode without the short way for plain frames.
func decodeAny(f *capture.Frame, p *Packet) Kind {
	p.EtherType, p.Proto = 0, 0
	p.Segment.SrcMAC, p.Segment.DstMAC = [6]byte{}, [6]byte{}
	d := decoder{p: p, cut: len(f.Data) < int(f.WireLen)}
	return d.link(f.Link, span{f.Data, max(len(f.Data), int(f.WireLen))})
}

// decoder walks the headers of one frame, outermost first; every method takes what is left from its header on.
type decoder struct {
	p     *Packet
	depth int  // Ethernet and IP headers passed
	cut   bool // the snap length cut the frame
}

// span is the rest of a frame from some header on, up to the end of the innermost enclosing layer.
type span struct {
	b []byte // the captured part, never longer than n
	n int    // bytes on the wire, as the enclosing headers tell
}

// skip returns what follows the first k bytes; k is at most len(s.b).
func (s span) skip(k int) span { return span{s.b[k:], s.n - k} }

// limit returns s as a header's length field bounds it: what lies behind is padding or a trailer. A length beyond the
// frame is believed, since it is what the sender meant: captures are cut by tools that do not say so.
func (s span) limit(n int) span { return span{s.b[:min(n, len(s.b))], n} }

// lacking returns how many of n bytes the enclosing layer did not hold, even as it was sent.
func (s span) lacking(n int) uint32 { return uint32(max(0, n-s.n)) }

// lack says why s does not hold k bytes: they were sent but not captured, or never sent.
func (d *decoder) lack(s span, k int) Kind {
	if d.cut && s.n >= k {
		return Truncated
	}
	return Malformed
}

// deeper counts one more header and reports whether there are not too many.
func (d *decoder) deeper() bool {
	d.depth++
	return d.depth <= maxNesting
}

// transport decodes what an IP header announces as protocol proto.
func (d *decoder) transport(proto uint8, s span) Kind {
	d.p.Proto = proto
	switch proto {
	case protoTCP:
		return d.tcp(s)
	case protoUDP:
		return d.udp(s)
	case protoICMP:
		return d.icmp4(s)
	case protoICMPv6:
		return d.icmp6(s)
	case protoAH:
		return d.authentication(s)
	}
	return d.tunnel(proto, s)
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
