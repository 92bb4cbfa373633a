package flow

import (
	"encoding/binary"
	"math/bits"

	"tcplab/analyze/wire"
)

// Key names a connection's address and port pair, the same for both directions. It holds no pointer.
type Key struct {
	lo, hi         wire.Addr
	loPort, hiPort uint16
	// apart is 0 but for connections that share addresses and ports and are told apart by VLAN or tunnel alone. These are
	// no part of the key otherwise: mirrors and load sharing put the two directions of one connection into different ones.
	apart uint32
}

// keyOf returns the key of a packet from src to dst, and whether src is its low end.
func keyOf(src, dst *wire.Addr, srcPort, dstPort uint16) (k Key, srcLow bool) {
	if srcLow = before(src, dst, srcPort, dstPort); srcLow {
		return Key{*src, *dst, srcPort, dstPort, 0}, true
	}
	return Key{*dst, *src, dstPort, srcPort, 0}, false
}

// apartBy is what tells a packet from others of the same addresses and ports: never 0.
func apartBy(vlan uint16, tunnel uint32) uint32 {
	return uint32(fold(uint64(tunnel)<<16|uint64(vlan), 0x9e3779b97f4a7c15)) | 1
}

// before orders the two ends of a packet.
func before(a, b *wire.Addr, aPort, bPort uint16) bool {
	if x, y := binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:]); x != y {
		return x < y
	}
	if x, y := binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8]); x != y {
		return x < y
	}
	return aPort <= bPort
}

// hash mixes the key; multiplication folds each pair of words as wyhash does.
func (k *Key) hash() uint32 {
	le := binary.LittleEndian
	h := fold(le.Uint64(k.lo[8:])^0x9e3779b97f4a7c15, le.Uint64(k.hi[8:])^0xbf58476d1ce4e5b9)
	h = fold(h^le.Uint64(k.lo[:8]), le.Uint64(k.hi[:8])^0x94d049bb133111eb)
	return uint32(fold(h^uint64(k.loPort)<<48^uint64(k.hiPort)<<32^uint64(k.apart), 0xd6e8feb86659fd93))
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
