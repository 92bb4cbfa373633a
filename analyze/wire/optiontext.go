package wire

import (
	"encoding/hex"
	"strconv"
)

// AppendOptions appends the options of a TCP header to buf in tcpdump's words, joined by commas:
// "mss 65495,sackOK,TS val 1 ecr 0,nop,wscale 7". Every kind is shown, one without a name as its number and bytes.
func AppendOptions(buf, raw []byte) []byte {
	start := len(buf)
	for len(raw) > 0 {
		if len(buf) > start {
			buf = append(buf, ',')
		}
		if raw[0] == optEnd {
			return append(buf, "eol"...)
		}
		if raw[0] == optNOP {
			buf, raw = append(buf, "nop"...), raw[1:]
			continue
		}
		if len(raw) < 2 || raw[1] < 2 || int(raw[1]) > len(raw) {
			return appendBadOption(buf, raw)
		}
		buf = appendOption(buf, raw[0], raw[2:raw[1]])
		raw = raw[raw[1]:]
	}
	return buf
}

// appendBadOption appends an option whose length is impossible, or which goes beyond the header or the snap length.
func appendBadOption(buf, raw []byte) []byte {
	buf = append(buf, optionName(raw[0])...)
	if len(raw) < 2 || raw[1] >= 2 {
		return append(buf, " [cut short]"...)
	}
	return append(appendNumber(buf, " [bad length ", uint64(raw[1])), ']')
}

// optionName returns tcpdump's name of an option, "unknown-<kind>" for one that has none.
func optionName(kind uint8) string {
	switch kind {
	case optMSS:
		return "mss"
	case optWindowScale:
		return "wscale"
	case optSACKPermitted:
		return "sackOK"
	case optSACK:
		return "sack"
	case optEcho:
		return "echo"
	case optEchoReply:
		return "echoreply"
	case optTimestamps:
		return "TS"
	case optCC:
		return "cc"
	case optCCNew:
		return "ccnew"
	case optCCEcho:
		return "ccecho"
	case optMD5:
		return "md5"
	case optUserTimeout:
		return "uto"
	case optAO:
		return "tcp-ao"
	case optMPTCP:
		return "mptcp"
	case optFastOpen:
		return "tfo"
	case optAccECN0:
		return "acc-ecn0"
	case optAccECN1:
		return "acc-ecn1"
	case optExperiment1, optExperiment2:
		return "exp-" + strconv.Itoa(int(kind))
	}
	return "unknown-" + strconv.Itoa(int(kind))
}

// appendOption appends one option of sound length.
func appendOption(buf []byte, kind uint8, value []byte) []byte {
	if kind == optExperiment2 && len(value) >= 2 && be16(value) == fastOpenID {
		return appendFastOpen(append(buf, "exp-tfo"...), value[2:])
	}
	buf = append(buf, optionName(kind)...)
	switch {
	case kind == optSACKPermitted && len(value) == 0:
		return buf
	case kind == optMSS && len(value) == 2:
		return appendNumber(buf, " ", uint64(be16(value)))
	case kind == optWindowScale && len(value) == 1:
		return appendNumber(buf, " ", uint64(value[0]))
	case kind == optTimestamps && len(value) == 8:
		buf = appendNumber(buf, " val ", uint64(be32(value)))
		return appendNumber(buf, " ecr ", uint64(be32(value[4:])))
	case kind == optSACK && len(value)%8 == 0 && len(value) > 0:
		return appendSACK(buf, value)
	case (kind == optEcho || kind == optEchoReply || kind >= optCC && kind <= optCCEcho) && len(value) == 4:
		return appendNumber(buf, " ", uint64(be32(value)))
	case kind == optUserTimeout && len(value) == 2:
		return appendUserTimeout(buf, be16(value))
	case kind == optAO && len(value) >= 2:
		buf = appendNumber(buf, " keyid ", uint64(value[0]))
		buf = appendNumber(buf, " rnextkeyid ", uint64(value[1]))
		return appendHex(append(buf, " mac"...), value[2:])
	case kind == optFastOpen:
		return appendFastOpen(buf, value)
	case kind == optMPTCP && len(value) > 0:
		return appendMPTCP(buf, value)
	}
	return appendHex(buf, value)
}

func appendNumber(buf []byte, before string, n uint64) []byte {
	return strconv.AppendUint(append(buf, before...), n, 10)
}

func appendHex(buf, value []byte) []byte {
	if len(value) == 0 {
		return buf
	}
	return hex.AppendEncode(append(buf, " 0x"...), value)
}

// appendSACK appends the number of blocks and their edges, as they were sent.
func appendSACK(buf, value []byte) []byte {
	buf = append(appendNumber(buf, " ", uint64(len(value)/8)), ' ')
	for ; len(value) >= 8; value = value[8:] {
		buf = appendNumber(buf, "{", uint64(be32(value)))
		buf = appendNumber(buf, ":", uint64(be32(value[4:])))
		buf = append(buf, '}')
	}
	return buf
}

// appendUserTimeout appends a user timeout: the top bit chooses minutes (RFC 5482, 3).
func appendUserTimeout(buf []byte, v uint16) []byte {
	buf = appendNumber(buf, " ", uint64(v&0x7fff))
	if v&0x8000 != 0 {
		return append(buf, " min"...)
	}
	return append(buf, " s"...)
}

// appendFastOpen appends a Fast Open cookie, or that one is asked for (RFC 7413, 4.1.1).
func appendFastOpen(buf, cookie []byte) []byte {
	if len(cookie) == 0 {
		return append(buf, " cookiereq"...)
	}
	return hex.AppendEncode(append(buf, " cookie "...), cookie)
}
