package wire

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
)

// The subtypes of the Multipath TCP option that are shown field by field (RFC 8684, 8.2).
const (
	mptcpCapable = 0
	mptcpJoin    = 1
	mptcpDSS     = 2
	mptcpAddAddr = 3
	mptcpReset   = 8
)

// appendMPTCP appends a Multipath TCP option in tcpdump's words; a form that is not known is shown as its bytes.
func appendMPTCP(buf, value []byte) []byte {
	names := [...]string{"capable", "join", "dss", "add-addr", "rem-addr", "prio", "fail", "fast-close", "rst"}
	buf = append(appendNumber(buf, " ", uint64(len(value)+2)), ' ')
	subtype := int(value[0] >> 4)
	if subtype >= len(names) {
		return appendHex(appendNumber(buf, "subtype ", uint64(subtype)), value)
	}
	buf = append(buf, names[subtype]...)
	whole := len(buf)
	ok := false
	switch subtype {
	case mptcpCapable:
		buf, ok = appendCapable(buf, value)
	case mptcpJoin:
		buf, ok = appendJoin(buf, value)
	case mptcpDSS:
		buf, ok = appendDSS(buf, value)
	case mptcpAddAddr:
		buf, ok = appendAddAddr(buf, value)
	}
	if !ok {
		return appendHex(buf[:whole], value)
	}
	return buf
}

// appendCapable appends MP_CAPABLE: a version and up to two keys, then in data segments lengths (RFC 8684, 3.1).
func appendCapable(buf, v []byte) ([]byte, bool) {
	if len(v) < 2 || len(v) > 2 && len(v) < 10 {
		return buf, false
	}
	if v[1]&0x80 != 0 {
		buf = append(buf, " csum"...)
	}
	buf = appendNumber(buf, " v", uint64(v[0]&0xf))
	if len(v) >= 10 {
		buf = hex.AppendEncode(append(buf, " {0x"...), v[2:10])
		if len(v) >= 18 {
			buf = hex.AppendEncode(append(buf, ",0x"...), v[10:18])
		}
		buf = append(buf, '}')
	}
	return buf, true
}

// appendJoin appends MP_JOIN, whose three forms are told apart by their lengths (RFC 8684, 3.2).
func appendJoin(buf, v []byte) ([]byte, bool) {
	if len(v) == 22 {
		return hex.AppendEncode(append(buf, " hmac 0x"...), v[2:]), true
	}
	if len(v) != 10 && len(v) != 14 {
		return buf, false
	}
	if v[0]&1 != 0 {
		buf = append(buf, " backup"...)
	}
	buf = appendNumber(buf, " id ", uint64(v[1]))
	word, nonce := " token 0x", len(v)-4
	if len(v) == 14 {
		word = " hmac 0x"
	}
	buf = hex.AppendEncode(append(buf, word...), v[2:nonce])
	return hex.AppendEncode(append(buf, " nonce 0x"...), v[nonce:]), true
}

// appendDSS appends a data sequence signal: an acknowledgement, a mapping, or both (RFC 8684, 3.3).
func appendDSS(buf, v []byte) ([]byte, bool) {
	const hasAck, longAck, hasMap, longSeq, fin = 1, 2, 4, 8, 16
	if len(v) < 2 {
		return buf, false
	}
	flags, rest := v[1], v[2:]
	if flags&fin != 0 {
		buf = append(buf, " fin"...)
	}
	ok := true
	if flags&hasAck != 0 {
		buf, rest, ok = appendData(buf, " ack ", flags&longAck != 0, rest)
	}
	if ok && flags&hasMap != 0 {
		if buf, rest, ok = appendData(buf, " seq ", flags&longSeq != 0, rest); !ok || len(rest) < 6 {
			return buf, false
		}
		buf = appendNumber(buf, " subseq ", uint64(be32(rest)))
		buf = appendNumber(buf, " len ", uint64(be16(rest[4:])))
		if rest = rest[6:]; len(rest) >= 2 {
			buf = hex.AppendEncode(append(buf, " csum 0x"...), rest[:2])
		}
	}
	return buf, ok
}

// appendData appends a data sequence number of eight or four bytes and returns what follows it.
func appendData(buf []byte, word string, long bool, v []byte) ([]byte, []byte, bool) {
	switch {
	case long && len(v) >= 8:
		return appendNumber(buf, word, binary.BigEndian.Uint64(v)), v[8:], true
	case !long && len(v) >= 4:
		return appendNumber(buf, word, uint64(be32(v))), v[4:], true
	}
	return buf, v, false
}

// appendAddAddr appends ADD_ADDR: an address, perhaps a port, and unless it is an echo an HMAC (RFC 8684, 3.4.1).
func appendAddAddr(buf, v []byte) ([]byte, bool) {
	if len(v) < 6 || v[0]&0xf > 1 { // version 0 had the IP version there
		return buf, false
	}
	const hmac = 8
	buf = append(buf, " v1"...)
	address := v[2:]
	if v[0]&1 != 0 {
		buf = append(buf, "-echo"...)
	} else if len(address) < hmac {
		return buf, false
	} else {
		address = address[:len(address)-hmac]
	}
	buf = append(appendNumber(buf, " id ", uint64(v[1])), ' ')
	port := len(address) &^ 3
	addr, ok := netip.AddrFromSlice(address[:port])
	if !ok {
		return buf, false
	}
	buf = addr.AppendTo(buf)
	if len(address) == port+2 {
		buf = strconv.AppendUint(append(buf, ':'), uint64(be16(address[port:])), 10)
	}
	if v[0]&1 == 0 {
		buf = hex.AppendEncode(append(buf, " hmac 0x"...), v[len(v)-hmac:])
	}
	return buf, true
}

// ResetReason is why a RST says that it ends a subflow of Multipath TCP (MP_TCPRST, RFC 8684, 3.6); false without such an option.
func (o *Options) ResetReason() (reason uint8, ok bool) {
	for raw := o.Raw; o.Has&HasMPTCP != 0 && len(raw) > 0 && raw[0] != optEnd; {
		switch {
		case raw[0] == optNOP:
			raw = raw[1:]
			continue
		case len(raw) < 2 || int(raw[1]) < 2 || int(raw[1]) > len(raw):
			return 0, false
		case raw[0] == optMPTCP && raw[1] == 4 && raw[2]>>4 == mptcpReset:
			return raw[3], true
		}
		raw = raw[raw[1]:]
	}
	return 0, false
}
