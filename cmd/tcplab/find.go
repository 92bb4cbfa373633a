package main

import (
	"encoding/hex"
	"fmt"
	"strings"

	"tcplab/analyze/report"
)

// longestFind is how many bytes --find takes.
const longestFind = 256

// soughtBytes reads what --find says: text as it is, with \xHH, \n, \r, \t, \0 and \\ for bytes that are none.
func soughtBytes(text string) ([]byte, error) {
	const hint = `bytes that are no text are written \x16\x03, \n, \r, \t, \0, a backslash is \\`
	var want []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			want = append(want, text[i])
			continue
		}
		one, n := escaped(text[i+1:])
		if n == 0 {
			return nil, usage(hint, "--find: %q is no byte", text[i:min(len(text), i+4)])
		}
		want, i = append(want, one), i+n
	}
	switch {
	case len(want) == 0:
		return nil, usage(hint, "--find: there is nothing to look for")
	case len(want) > longestFind:
		return nil, usage("the first bytes will do", "--find: looks for at most %d bytes, these are %d", longestFind, len(want))
	}
	return want, nil
}

// escaped reads what stands behind a backslash; n is its length, 0 when it is nothing known.
func escaped(text string) (one byte, n int) {
	if text == "" {
		return 0, 0
	}
	if i := strings.IndexByte(`nrt0\`, text[0]); i >= 0 {
		return "\n\r\t\x00\\"[i], 1
	}
	if text[0] != 'x' || len(text) < 3 {
		return 0, 0
	}
	b, err := hex.DecodeString(text[1:3])
	if err != nil {
		return 0, 0
	}
	return b[0], 3
}

// notFound is the error of a capture that does not hold what --find looks for: status 1, as grep's.
func (s *selection) notFound(where string, r *report.Report) error {
	if s.want == nil || r.Selection == nil || r.Selection.Matching > 0 {
		return nil
	}
	return failed(fmt.Errorf("%s: nothing that was sent holds %s", where, s.find),
		"what is encrypted or compressed does not show its text; upper and lower case differ")
}
