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

// pseudoHeader sums the addresses and the protocol, which the checksum covers besides the segment and its length.
func (s *Segment) pseudoHeader() uint64 {
	if s.V6 {
		return uint64(fold(sum(s.Src[:]))) + uint64(fold(sum(s.Dst[:]))) + protoTCP
	}
	return uint64(fold(sum(s.Src[12:]))) + uint64(fold(sum(s.Dst[12:]))) + protoTCP
}

// sum adds b in ones' complement, 32 bytes at a time: the result is congruent to the sum of its 16-bit words modulo 0xffff.
// The words are added as this processor has them and turned around at the end, which gives the same (RFC 1071, 2).
func sum(b []byte) uint64 {
	le := binary.LittleEndian
	var total, carry uint64
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
	var last [8]byte
	copy(last[:], b)
	total, carry = bits.Add64(total, le.Uint64(last[:]), 0)
	return uint64(bits.ReverseBytes16(fold(total + carry)))
}

// fold reduces a sum to 16 bits by adding the carries back.
func fold(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}
