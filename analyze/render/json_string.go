package render

import "unicode/utf8"

// appendString appends s as a JSON string (RFC 8259, 7). Invalid UTF-8 becomes U+FFFD; U+2028 and U+2029 are escaped,
// since JavaScript of old took them for line ends.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := plain(s, 0); i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i = plain(s, i+1)
				continue
			}
			b = appendEscape(append(b, s[start:i]...), c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[start:i]...), `\ufffd`...)
			start = i + size
		case r == '\u2028' || r == '\u2029':
			b = append(append(b, s[start:i]...), `\u202`...)
			b = append(b, hexDigits[r&0xf])
			start = i + size
		}
		i += size
	}
	return append(append(b, s[start:]...), '"')
}

// plain returns where the run of characters from i on ends that need no look of their own, judged eight at a time.
func plain(s string, i int) int {
	for ; i+8 <= len(s); i += 8 {
		if !plain8(s[i : i+8]) {
			return i
		}
	}
	if len(s) >= 8 && plain8(s[len(s)-8:]) { // those that are left, and some that were plain
		return len(s)
	}
	return i
}

// plain8 reports whether none of eight characters is below a space, a quote, a backslash or beyond ASCII.
func plain8(s string) bool {
	const low, high = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	quote, backslash := w^low*'"', w^low*'\\'
	// x-low sets the high bit of the first zero byte of x, and of no byte before it.
	return ((w-low*' ')|(quote-low)|(backslash-low)|w)&high == 0
}

const hexDigits = "0123456789abcdef"

// appendEscape appends the escape of a control character, quote or backslash.
func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}
