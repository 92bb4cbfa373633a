// Package annotate says of each frame what a report knows of it, as a comment that a capture file can carry: the phase and
// the states, what the segment does in plain words, its marks and why it has them, findings that it proves, and the system
// call that caused it.
package annotate

import (
	"fmt"
	"slices"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// Comments returns the comment of each frame that the report, which must hold segments, knows something of.
func Comments(r *report.Report) map[uint32]string {
	n := notes{}
	for i := range r.Connections {
		c := &r.Connections[i]
		for j := range c.Segments {
			n.segment(c, &c.Segments[j])
		}
		for _, frame := range c.ICMPFrames {
			n.add(frame, "tcplab: ICMP error about connection %d", c.ID)
		}
		n.findings(c.Findings)
	}
	n.findings(r.Findings)
	for i := range r.Calls {
		n.call(&r.Calls[i])
	}
	comments := make(map[uint32]string, len(n))
	for frame, lines := range n {
		comments[frame] = strings.Join(lines, "\n")
	}
	return comments
}

// notes are the lines of each frame's comment.
type notes map[uint32][]string

func (n notes) add(frame uint32, format string, args ...any) {
	n[frame] = append(n[frame], texttab.Clean(fmt.Sprintf(format, args...)))
}

func (n notes) segment(c *report.Connection, s *report.Segment) {
	n.add(s.Frame, "tcplab: connection %d, %s, client %s, server %s", c.ID, s.Phase, s.State.Client, s.State.Server)
	if s.Note != "" {
		n.add(s.Frame, "%s", s.Note)
	}
	if len(s.Marks) > 0 {
		n.add(s.Frame, "marks: %s", strings.Join(s.Marks, ", "))
	}
	for _, why := range s.Why {
		n.add(s.Frame, "why: %s", why)
	}
}

func (n notes) findings(list []report.Finding) {
	for _, f := range list {
		for _, frame := range slices.Compact(slices.Sorted(slices.Values(f.Frames))) {
			n.add(frame, "finding: %s (%s): %s", f.Cause, f.Level, f.Title)
		}
	}
}

func (n notes) call(c *report.Call) {
	result := ""
	switch {
	case c.Errno != "":
		result = " = -1 " + c.Errno
	case c.End != nil:
		result = " = " + c.Result
	}
	for _, frame := range c.CausesFrames {
		n.add(frame, "caused by call %d: %s %s(%s)%s", c.Number, c.Actor, c.Op, c.Args, result)
	}
}
