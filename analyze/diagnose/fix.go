package diagnose

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// fixText is a rule's advice, cut at the words that an address replaces, once when the engine is made.
type fixText struct {
	parts []string // text, word, text, word, … text
}

var fixWords = [...]string{"HOST", "PORT", "CLIENT"}

func compileFix(s string) fixText {
	var parts []string
	for {
		at, word := nextWord(s)
		if at < 0 {
			return fixText{append(parts, s)}
		}
		parts = append(parts, s[:at], word)
		s = s[at+len(word):]
	}
}

// nextWord finds the next of the words that stands alone: the end of SO_REUSEPORT is none.
func nextWord(s string) (int, string) {
	for at := range len(s) {
		if at > 0 && partOfWord(s[at-1]) {
			continue
		}
		for _, word := range fixWords {
			if after := at + len(word); strings.HasPrefix(s[at:], word) && (after == len(s) || !partOfWord(s[after])) {
				return at, word
			}
		}
	}
	return -1, ""
}

func partOfWord(b byte) bool {
	return b == '_' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' || '0' <= b && b <= '9'
}

// text is the advice with the case's addresses in it.
func (t fixText) text(c *Case) string {
	if len(t.parts) == 1 {
		return t.parts[0]
	}
	buf := make([]byte, 0, 256)
	for i, part := range t.parts {
		if i%2 == 1 {
			start := len(buf)
			buf = c.appendWord(buf, part)
			if strings.HasPrefix(t.parts[i+1], ":") && bytes.IndexByte(buf[start:], ':') >= 0 { // RFC 5952, 6
				buf = append(slices.Insert(buf, start, '['), ']')
			}
			continue
		}
		buf = append(buf, part...)
	}
	return string(buf)
}

// appendWord appends what word stands for in c, or the word itself when that is not known.
func (c *Case) appendWord(buf []byte, word string) []byte {
	server, client, ok := c.ends()
	switch {
	case !ok:
		return append(buf, word...)
	case word == "HOST":
		return server.Addr().AppendTo(buf)
	case word == "CLIENT" && client.IsValid():
		return client.Addr().AppendTo(buf)
	case word == "PORT":
		return strconv.AppendUint(buf, uint64(server.Port()), 10)
	}
	return append(buf, word...)
}
