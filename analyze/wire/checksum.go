package wire

import (
	"encoding/binary"
	"math/bits"
)

// ChecksumState is what a TCP checksum turned out to be.
type ChecksumState uint8

// The states of a checksum.
const (
	ChecksumUnknown ChecksumState = iota // not all it covers was captured
	ChecksumGood
	ChecksumBad
	// ChecksumPartial is the sum over the pseudo-header alone, which Linux leaves for the network card to finish: the
	// segment was captured before it was sent, or never left the host.
	ChecksumPartial
)

// VerifyChecksum judges the segment's checksum (RFC 9293, 3.1). A bad one says that the segment was damaged on its way
// here, never whether its receiver got it so.
func (s *Segment) VerifyChecksum() ChecksumState {
	if s.Raw == nil {
		return s.Sum
	}
	if len(s.Raw) < 20 {
		return ChecksumUnknown
	}
	length := uint32(s.Raw[12]>>4)*4 + s.Len
	pseudo := s.pseudoHeader() + uint64(length)
	partial := fold(pseudo) == s.Checksum || s.NoLength && fold(pseudo-uint64(length)) == s.Checksum
	switch {
	case uint32(len(s.Raw)) < length && partial:
		return ChecksumPartial
	case uint32(len(s.Raw)) < length:
		return ChecksumUnknown
	case fold(uint64(fold(sum(s.Raw)))+pseudo) == 0xffff:
		return ChecksumGood
	case partial:
		return ChecksumPartial
	}
	return ChecksumBad
}

// pseudoHeader sums the addresses and the protocol, which the checksum covers besides the segment and its length. A word of 32 bits
// counts as its two halves do, for 65536 is 1 modulo 0xffff.
func (s *Segment) pseudoHeader() uint64 {
	total := uint64(protoTCP) + uint64(be32(s.Src[12:])) + uint64(be32(s.Dst[12:]))
	if s.V6 {
		for i := 0; i < 12; i += 4 {
			total += uint64(be32(s.Src[i:])) + uint64(be32(s.Dst[i:]))
		}
	}
	return total
}

// sum adds the bytes of a segment, at least a header, in ones' complement, 32 at a time: the result is congruent to the sum of their
// 16-bit words modulo 0xffff. The words are added as this processor has them and turned around at the end, which gives the same
// (RFC 1071, 2).
func sum(segment []byte) uint64 {
	le := binary.LittleEndian
	var total, carry uint64
	b := segment
	for ; len(b) >= 32; b = b[32:] {
		total, carry = bits.Add64(total, le.Uint64(b), 0)
		total, carry = bits.Add64(total, le.Uint64(b[8:]), carry)
		total, carry = bits.Add64(total, le.Uint64(b[16:]), carry)
		total, carry = bits.Add64(total, le.Uint64(b[24:]), carry)
		total += carry // the largest sum with a carry is not the largest word
	}
	for ; len(b) >= 8; b = b[8:] {
		total, carry = bits.Add64(total, le.Uint64(b), 0)
		total += carry
	}
	last := le.Uint64(segment[len(segment)-8:]) >> (64 - 8*len(b)) // what is left, and nothing of what was added
	total, carry = bits.Add64(total, last, 0)
	return uint64(bits.ReverseBytes16(fold(total + carry)))
}

// fold reduces a sum to 16 bits by adding the carries back: twice each, for the first time leaves at most one.
func fold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff
	return uint16(sum>>16 + sum&0xffff)
}
