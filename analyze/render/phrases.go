package render

import (
	"slices"
	"time"

	"tcplab/analyze/report"
)

// What follows are the words and lines of this package for those who put them on a screen of their own: a browser must
// not call things differently from the report.

// Line is one line of a connection's ladder: a phase, a system call, a segment or an ICMP error.
type Line struct {
	Band    bool          // a phase begins: there is Text alone
	At      time.Duration // since the first connect or segment
	Timed   bool          // At is known
	Right   bool          // of the server
	Failed  bool          // the call returned an error
	Text    string        // of a phase, a call or an ICMP error
	Frame   uint32
	Segment *report.Segment
	Call    *report.Call
}

// Lines puts a connection's segments in order, with the calls of a run between them. Calls that caused segments of other
// connections only are left out.
func Lines(r *report.Report, c *report.Connection) []Line {
	own := map[uint32]bool{}
	for i := range c.Segments {
		own[c.Segments[i].Frame] = true
	}
	lines := []Line{}
	for _, s := range ladder(r, []*report.Connection{c}) {
		if s.call != nil && len(s.call.CausesFrames) > 0 && !slices.ContainsFunc(s.call.CausesFrames, func(f uint32) bool { return own[f] }) {
			continue
		}
		lines = append(lines, Line{Band: s.kind == bandStep, At: s.at, Timed: s.timed, Right: s.right, Failed: s.failed,
			Text: s.text, Frame: s.frame, Segment: s.seg, Call: s.call})
	}
	return lines
}

// Endpoint writes an address and port in at most width columns.
func Endpoint(e report.Endpoint, width int) string { return shortEndpoint(e, width) }

// Flags writes tcpdump's letters as the RFC's names.
func Flags(letters string) string { return flagWords(letters) }

// Brief writes a duration in at most five columns.
func Brief(d time.Duration) string { return brief(d) }

// Size writes a byte count in at most five columns.
func Size(n uint64) string { return size(n) }

// Plural writes a count with its noun.
func Plural(n uint64, noun string) string { return plural(n, noun) }

// Frames names frames in a sentence.
func Frames(frames []uint32) string { return frameList("segment", frames) }

// FitCall shortens a system call to a width: what it returned stays.
func FitCall(text string, width int) string { return fitCall(text, width) }

// States writes the states of both ends, shortened where they do not fit width.
func States(s report.States, width int) string { return stateText(s, width) }

// Marks writes what is odd about a segment, each mark with its reason.
func Marks(g *report.Segment) string { return marksText(g) }

// Went says in a few words how a connection went.
func Went(c *report.Connection) string { return went(c) }

// Gravity orders severities, the worst first.
func Gravity(severity string) int { return gravity(severity) }

// Exclusions writes the look-alikes that were ruled out, and those that could not be judged.
func Exclusions(excluded []report.Exclusion) (not, unjudged []string) { return exclusions(excluded) }
