package wireshark

import (
	"encoding/binary"

	"tcplab/analyze/wire"
)

// Option kinds of TCP Fast Open: RFC 7413, 4.1.1, and the experimental ones of RFC 6994 with the identifier of fast open.
const (
	optFastOpen   = 34
	optExperiment = 253
	optExperimen2 = 254
	exIDFastOpen  = 0xf989
)

// fastOpen marks a SYN with a cookie, and whether the SYN-ACK took the data that came with it.
func (st *stream) fastOpen(o *wire.Options, flags wire.Flags, length uint32, r *Result) {
	switch flags & (wire.SYN | wire.ACK) {
	case wire.SYN:
		if hasCookie(o.Raw) {
			st.tfoData = st.tfoData || length > 0
			r.Marks |= TFOSyn
		}
	case wire.SYN | wire.ACK:
		if r.RelAck > 1 {
			r.Marks |= TFOAck
		} else if st.tfoData {
			r.Marks |= TFOIgnored
		}
	}
}

// hasCookie reports whether the options hold a fast-open cookie; an empty one is a request for a cookie.
func hasCookie(options []byte) bool {
	for len(options) > 1 && options[0] != 0 {
		if options[0] == 1 {
			options = options[1:]
			continue
		}
		n := int(options[1])
		if n < 2 || n > len(options) {
			return false
		}
		if isCookie(options[0], options[2:n]) {
			return true
		}
		options = options[n:]
	}
	return false
}

func isCookie(kind byte, value []byte) bool {
	switch kind {
	case optFastOpen:
		return len(value) > 0
	case optExperiment, optExperimen2:
		return len(value) > 2 && binary.BigEndian.Uint16(value) == exIDFastOpen
	}
	return false
}
