package texttab

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is the most bytes of one text that are shown; a report is not the place for a whole payload.
const longest = 8192

// Clean returns s with everything escaped that is not plainly visible text: C0 and C1 controls (ESC among them), bidi
// and zero-width format characters, invalid UTF-8, unassigned and private characters, stacked combining marks. What it
// returns moves no cursor, changes no colour, hides nothing and has no effect beyond its own columns.
func Clean(s string) string {
	if harmless(s) {
		return s
	}
	var b strings.Builder
	marks := 2
	for i := 0; i < len(s); {
		if i >= longest {
			fmt.Fprintf(&b, "… (%d bytes more)", len(s)-i)
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.Is(unicode.Mn, r) && marks < 2:
			b.WriteRune(r)
			marks++
		case visible(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
		if unicode.IsLetter(r) {
			marks = 0
		} else if !unicode.Is(unicode.Mn, r) {
			marks = 2
		}
		i += size
	}
	return b.String()
}

// harmless reports whether s is short printable ASCII, which most text is.
func harmless(s string) bool {
	if len(s) > longest {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// visible reports whether r shows itself and nothing else.
func visible(r rune) bool {
	return r == ' ' || unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
}

func escape(r rune) string {
	switch r {
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	if unicode.Is(unicode.Zs, r) {
		return " "
	}
	if r <= 0xff {
		return fmt.Sprintf(`\x%02x`, r)
	}
	if r <= 0xffff {
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
