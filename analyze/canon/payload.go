package canon

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"

	"tcplab/analyze/report"
)

// stream is the captured payload of one direction: pieces by their offset, in order.
type stream struct {
	data  []byte
	holes [][2]int64 // offsets that the capture lacks
}

func streamOf(c *report.Connection, dir string) stream {
	var s stream
	for _, k := range c.Transcript {
		if k.Dir != dir {
			continue
		}
		if k.Missing > 0 { // a hole may be longer than memory: what follows it is not described
			s.holes = append(s.holes, [2]int64{int64(len(s.data)), 1 << 62})
			break
		}
		if int64(k.Offset) == int64(len(s.data)) {
			s.data = append(s.data, k.Data...)
		}
	}
	return s
}

// shown is how much of a payload the form shows; the digest covers all of it.
const shown = 200

// describe returns the first bytes from offset a up to b as a quoted text, and the digest of all.
func (s stream) describe(a, b int64) (text, digest string) {
	if a < 0 || b > int64(len(s.data)) || a >= b {
		return "", ""
	}
	masked := Mask(s.data[a:b])
	sum := sha256.Sum256(masked)
	text = strconv.Quote(string(masked[:min(len(masked), shown)]))
	if len(masked) > shown {
		text += "…"
	}
	return text, hex.EncodeToString(sum[:8])
}

// clocks are the ways in which programs write the time of day.
var clocks = []*regexp.Regexp{
	regexp.MustCompile(`\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d|\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)) (?:\d\d:\d\d:\d\d \d{4}|\d{4} \d\d:\d\d:\d\d)`),
	regexp.MustCompile(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?`),
	regexp.MustCompile(`\b\d\d:\d\d:\d\d\b`),
}

// timed reports whether data holds a time of day, hh:mm:ss, as every clock does: most payload is large and has none.
func timed(data []byte) bool {
	digit := func(i int) bool { return data[i] >= '0' && data[i] <= '9' }
	for at := 0; ; at++ {
		i := bytes.IndexByte(data[at:], ':')
		if i < 0 {
			return false
		}
		at += i
		if at >= 2 && at+5 < len(data) && data[at+3] == ':' && digit(at-2) && digit(at-1) && digit(at+1) && digit(at+2) && digit(at+4) && digit(at+5) {
			return true
		}
	}
}

var word = regexp.MustCompile(`[A-Za-z]{3}`)

// Mask replaces clocks in a payload by a clock that stands still; the length stays.
func Mask(data []byte) []byte {
	if !timed(data) {
		return data
	}
	for _, clock := range clocks {
		data = clock.ReplaceAllFunc(data, func(m []byte) []byte {
			still := word.ReplaceAll(m, []byte("Xxx"))
			for i, c := range still {
				if c >= '0' && c <= '9' {
					still[i] = '0'
				}
			}
			return still
		})
	}
	return data
}
