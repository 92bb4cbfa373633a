// Package wire turns the bytes of a frame into the fields of a TCP segment or of an ICMP error that quotes one.
//
// Decode allocates nothing and returns no error: what a frame is, is a Kind, and every Kind is counted. It is lax about
// snap-length cuts: a header that was captured is decoded, whatever is missing behind it.
package wire

import (
	"net/netip"

	"tcplab/capture"
)

// Addr is an IP address; IPv4 is kept as its IPv4-mapped IPv6 form. It is comparable and holds no pointer.
type Addr [16]byte

// Netip returns a as a netip.Addr, unmapped.
func (a Addr) Netip() netip.Addr { return netip.AddrFrom16(a).Unmap() }

func (a Addr) String() string { return a.Netip().String() }

// Is4 reports whether a is an IPv4 address.
func (a Addr) Is4() bool { return a.Netip().Is4() }

// Kind says what a frame turned out to be, and which half of Packet is valid.
type Kind uint8

// The kinds of frames. All are counted, none is an error.
const (
	NotTCP      Kind = iota // decoded, but neither TCP nor an error about TCP
	TCP                     // Packet.Segment is valid
	ICMPError               // Packet.ICMP is valid: an ICMP error that quotes a TCP header
	Neighbor                // Packet.Neighbor is valid: ARP, or IPv6 neighbour discovery
	Fragment                // an IP fragment whose TCP header is elsewhere or whose payload is incomplete
	Truncated               // cut by the snap length before the TCP header was complete
	Malformed               // lengths that contradict each other
	UnknownLink             // a link type this package does not decode
)

// String returns the kind in a report's words.
func (k Kind) String() string {
	names := [...]string{"not TCP", "TCP", "ICMP error", "neighbor message", "fragment", "truncated", "malformed", "unknown link type"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown kind"
}

// Packet is the decoded form of one frame; it is reused from frame to frame.
type Packet struct {
	Segment  Segment     // valid iff Kind is TCP
	ICMP     ICMP        // valid iff Kind is ICMPError
	Neighbor NeighborMsg // valid iff Kind is Neighbor

	EtherType uint16 // of the innermost network layer, 0 when the link layer has none
	Proto     uint8  // IP protocol of a NotTCP packet, 0 when it is not IP

	piece piece // valid iff Kind is Fragment
}

// Segment is a decoded TCP segment. Payload and Raw alias the frame and die with it.
type Segment struct {
	Frame            uint32
	Time             capture.Stamp
	Iface            uint16
	VLAN             uint16 // outermost 802.1Q id, 0 when untagged
	Tunnel           uint32 // hash of outer addresses and tunnel id, the same in both directions; 0 outside tunnels
	WireLen          uint32 // of the frame
	Src, Dst         Addr
	SrcPort, DstPort uint16
	Seq, Ack         Seq
	Len              uint32 // payload bytes on the wire, from the IP length, also when the snap length cut them
	Flags            Flags
	Window           uint16 // as sent, not scaled
	Checksum         uint16
	Urgent           uint16
	IPID             uint16
	TTL              uint8 // hop limit in IPv6
	TOS              uint8 // DSCP and ECN
	V6               bool
	DF               bool
	Beyond           uint32 // bytes that the IP length promises and the frame, as long as it was on the wire, does not hold
	NoLength         bool   // the IP length field was 0 (offload): Len comes from the frame length
	SrcMAC, DstMAC   [6]byte
	Options          Options
	Payload          []byte        // captured part of the payload
	Raw              []byte        // TCP header and captured payload
	Sum              ChecksumState // what VerifyChecksum says; valid where Raw is nil, which is then no longer at hand
}

// End returns the sequence number after the segment: SYN and FIN each take one number (RFC 9293, 3.4).
func (s *Segment) End() Seq {
	end := s.Seq + Seq(s.Len)
	if s.Flags.Any(SYN) {
		end++
	}
	if s.Flags.Any(FIN) {
		end++
	}
	return end
}

// OptionSet says which options a header holds.
type OptionSet uint32

// The options that are told apart.
const (
	HasMSS OptionSet = 1 << iota
	HasWindowScale
	HasSACKPermitted
	HasSACK
	HasTimestamps
	HasFastOpen
	HasMPTCP
	HasMD5
	HasAO
	HasUserTimeout
	HasUnknownOption
	BadOption  // a length below 2 or past the header: decoding stopped there
	CutOptions // the snap length cut the options: some may be missing
)

// Options are the TCP options that decisions need; Raw holds all of them for display.
type Options struct {
	Has          OptionSet
	MSS          uint16
	WindowScale  uint8 // as sent; above 14 counts as 14 (RFC 7323, 2.3)
	NumSACK      uint8
	TSVal, TSEcr uint32
	SACK         [4]Block
	Raw          []byte // aliases the frame
}

// Block is one SACK block: bytes from Left up to, not including, Right (RFC 2018).
type Block struct{ Left, Right Seq }

// ICMP is an ICMP or ICMPv6 error that quotes a TCP header. Fields of the quote are oriented as the quoted packet was:
// Src is the host whose segment was rejected.
type ICMP struct {
	Frame            uint32
	Time             capture.Stamp
	V6               bool
	Type, Code       uint8
	MTU              uint32 // of "fragmentation needed" and "packet too big", else 0
	From, To         Addr   // the box that objects, and whom it tells
	TTL              uint8  // of the ICMP packet itself
	Src, Dst         Addr   // of the quoted segment
	SrcPort, DstPort uint16
	Seq              Seq
	Ack              Seq
	Flags            Flags
	Window           uint16
	Options          Options // what was quoted of them, without Raw
	QuotedTCP        uint8   // how many bytes of the TCP header were quoted, and captured; 4 give the ports, 8 Seq, 14 also Flags, 16 Window
	QuotedDst        uint8   // how many bytes of Dst were captured: all, unless the snap length cut the quoted IP header
	HeaderLen        uint8   // of the quoted TCP header, as it says itself; 0 when that was not quoted
	Tunnel           uint32
}

// NeighborMsg is an ARP or neighbour-discovery message.
type NeighborMsg struct {
	Frame  uint32
	Time   capture.Stamp
	Reply  bool // ARP reply or neighbour advertisement
	Sender Addr // who speaks
	Target Addr // whom the message is about
	MAC    [6]byte
}
