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
	closed int // in order
}

// take takes note of a connection.
func (s *digest) take(c *report.Connection) {
	s.count++
	if closedWell(c) {
		s.closed++
	}
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
	var keys, candidates []string
	for _, f := range fs {
		if open(fs, f) {
			candidates = append(candidates, f.Cause)
		} else {
			keys = append(keys, verdictOf(f))
		}
	}
	if len(candidates) > 0 {
		keys = append(keys, question(candidates))
	}
	return keys
}

func verdictOf(f found) string { return f.Cause + " " + f.Level }

func question(candidates []string) string { return "? " + strings.Join(candidates, " ") }

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
	var candidates []string
	for _, g := range fs {
		if g.conn == f.conn && open(fs, g) {
			candidates = append(candidates, g.Cause)
		}
	}
	return s.also[question(candidates)]
}
