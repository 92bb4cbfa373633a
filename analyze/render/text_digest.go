package render

import (
	"strings"

	"tcplab/analyze/report"
)

// digest is the findings of a capture of many connections: of each cause the first connection that shows it, and the
// numbers of the others.
type digest struct {
	kept   []report.Connection
	also   map[string][]uint32 // by verdict: connections of which it is said too
	count  uint64
	closed int                 // in order
	long   []report.Connection // the longest of those that say where their time went
}

func newDigest() *digest { return &digest{also: map[string][]uint32{}} }

// take takes note of a connection.
func (s *digest) take(c *report.Connection) {
	s.count++
	if closedWell(c) {
		s.closed++
	}
	s.long = longest(s.long, c)
	keys, novel := verdictsOf(c), false
	for _, key := range keys {
		others, seen := s.also[key]
		novel = novel || !seen
		s.also[key] = others
	}
	if novel {
		first := c.Clone()
		first.Segments = nil
		s.kept = append(s.kept, first)
		return
	}
	for _, key := range keys {
		s.also[key] = append(s.also[key], c.ID)
	}
}

// verdictsOf names what is said of a connection: each finding, and an open question by its candidates.
func verdictsOf(c *report.Connection) []string {
	fs := connectionFindings(c)
	var keys []string
	asked := false
	for _, f := range fs {
		if open(fs, f) {
			asked = true
		} else {
			keys = append(keys, verdictOf(f))
		}
	}
	if asked {
		keys = append(keys, question(fs, c))
	}
	return keys
}

func verdictOf(f found) string { return f.Cause + " " + f.Level }

// question names the open question about a connection by its candidates.
func question(fs []found, c *report.Connection) string {
	var candidates []string
	for _, f := range fs {
		if f.conn == c && open(fs, f) {
			candidates = append(candidates, f.Cause)
		}
	}
	return "? " + strings.Join(candidates, " ")
}

// others are the connections not kept of which is said what finding i says, one of fs. Of an open question the first candidate
// stands for all.
func (s *digest) others(fs []found, i int) []uint32 {
	f := fs[i]
	switch {
	case s == nil || f.conn == nil:
		return nil
	case !open(fs, f):
		return s.also[verdictOf(f)]
	case i > 0 && fs[i-1].conn == f.conn && open(fs, fs[i-1]):
		return nil
	}
	return s.also[question(fs, f.conn)]
}
