package render

import (
	"bytes"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// steering reports whether r must not reach a terminal as it is, though JSON allows it: DEL and C1 controls, what turns text
// round or hides in it (bidi and zero-width controls, tags), and the line ends that JavaScript of old knew.
func steering(r rune) bool {
	return r >= 0x7f && r <= 0x9f || r > 0x9f && unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Unsteered escapes what steers a terminal in a JSON text, which may be looked at as well as read by programs: to these it
// is the same value.
func Unsteered(text []byte) []byte {
	if bytes.IndexFunc(text, steering) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+64)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if steering(r) {
			out = appendUnicode(out, r)
		} else {
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return out
}

// appendUnicode appends the escape of a character, beyond the first 65,536 as two surrogates (RFC 8259, 7).
func appendUnicode(b []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendUnicode(appendUnicode(b, high), low)
	}
	return append(b, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}

// appendString appends s as a JSON string (RFC 8259, 7). Invalid UTF-8 becomes U+FFFD, and what steers a terminal its escape.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := plain(s, 0); i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != del {
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
		case steering(r):
			b = appendUnicode(append(b, s[start:i]...), r)
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

// plain8 reports whether none of eight characters is below a space, a quote, a backslash, DEL or beyond ASCII.
func plain8(s string) bool {
	const low, high = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	quote, backslash, deleted := w^low*'"', w^low*'\\', w^low*del
	// x-low sets the high bit of the first zero byte of x, and of no byte before it.
	return ((w-low*' ')|(quote-low)|(backslash-low)|(deleted-low)|w)&high == 0
}

const (
	del       = 0x7f
	hexDigits = "0123456789abcdef"
)

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
	return appendUnicode(b, rune(c))
}
