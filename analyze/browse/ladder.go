package browse

import (
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tcplab/analyze/render"
	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// ladder shows one connection segment by segment, between the lifelines of both ends.
type ladder struct {
	r       *report.Report
	conn    *report.Connection
	lines   []render.Line
	seconds bool // times are in seconds, not milliseconds
	number  int  // width of a frame number
	clock   int  // width of a time
}

func newLadder(r *report.Report, c *report.Connection) *ladder {
	l := &ladder{r: r, conn: c, lines: render.Lines(r, c), number: 2, clock: 5}
	for _, line := range l.lines {
		l.seconds = l.seconds || line.At >= 10*time.Second
		l.number = max(l.number, len(itoa(line.Frame)))
	}
	for _, line := range l.lines {
		l.clock = max(l.clock, len(l.time(line)))
	}
	return l
}

// place is the line of a frame, or the first one that can be opened.
func (l *ladder) place(frame uint32) int {
	at := slices.IndexFunc(l.lines, func(line render.Line) bool {
		return line.Segment != nil && (frame == 0 || line.Frame == frame)
	})
	return max(at, 0)
}

func (l *ladder) fit(int)  {}
func (l *ladder) len() int { return len(l.lines) }
func (l *ladder) name() string {
	return "connection " + itoa(l.conn.ID)
}

func (l *ladder) title(width int) texttab.Cell {
	end := max(min((width-40)/2, 47), 12)
	return texttab.Text(l.name() + " · " + render.Endpoint(l.conn.Client, end) + " → " + render.Endpoint(l.conn.Server, end) + " · " + render.Went(l.conn))
}

// lanes are the widths of the ladder between its lifelines and of the states beside it.
func (l *ladder) lanes(width int) (inner, states int) {
	states = 13
	if width >= 110 {
		states = 27
	}
	return max(width-l.number-l.clock-states-5, 10), states
}

func (l *ladder) head(width int) texttab.Cell {
	inner, _ := l.lanes(width - 2)
	unit := "ms"
	if l.seconds {
		unit = "s"
	}
	line := texttab.Text("#").FitRight(l.number)
	line = append(append(line, texttab.Span{Text: " "}), texttab.Text(unit).FitRight(l.clock)...)
	line = append(line, texttab.Span{Text: "  CLIENT" + strings.Repeat(" ", max(inner-12, 0)) + "SERVER  "})
	return titles(line, "states after")
}

func (l *ladder) time(line render.Line) string {
	switch {
	case !line.Timed:
		return ""
	case l.seconds:
		return strconv.FormatFloat(line.At.Seconds(), 'f', 3, 64)
	}
	return strconv.FormatFloat(float64(line.At)/1e6, 'f', 3, 64)
}

func (l *ladder) text(i int) string {
	line := l.lines[i]
	if g := line.Segment; g != nil {
		return strings.Join([]string{itoa(line.Frame), segmentWords(g, 200), render.Marks(g), strings.Join(g.Marks, " "), g.Note, g.Options,
			g.State.Client, g.State.Server, string(g.Payload)}, " ")
	}
	return line.Text
}

func (l *ladder) below(i, width int) []texttab.Cell {
	if len(l.lines) == 0 {
		return []texttab.Cell{{}}
	}
	line := l.lines[i]
	switch {
	case line.Band:
		return wrapped(line.Text, width, texttab.Bold)
	case line.Call != nil:
		return entry("call "+itoa(line.Call.Number), texttab.Bold, callText(line.Call), width)
	case line.Segment == nil:
		return wrapped(line.Text, width, texttab.Bad)
	}
	lines := entry("frame "+itoa(line.Frame), texttab.Bold, line.Segment.Note, width)
	if odd := render.Marks(line.Segment); odd != "" {
		lines = append(lines, entry("odd", texttab.Warn, odd, width)...)
	}
	for _, f := range proving(l.conn, line.Frame) {
		lines = append(lines, entry("proves", severityStyle(f.Severity), f.Title+" ("+f.Cause+", "+f.Level+")", width)...)
	}
	return lines
}

// proving are the findings that cite a frame.
func proving(c *report.Connection, frame uint32) []report.Finding {
	list := []report.Finding{}
	for _, f := range c.Findings {
		if slices.Contains(f.Frames, frame) {
			list = append(list, f)
		}
	}
	return list
}

// callText writes a call with everything it returned.
func callText(c *report.Call) string {
	text := c.Actor + ": " + c.Op + "(" + c.Args + ")"
	switch {
	case c.End == nil:
		return text + ", which never returned"
	case c.Errno != "":
		text += " = " + c.Result + " " + c.Errno
	default:
		text += " = " + c.Result
	}
	text += " after " + render.Brief(c.End.Sub(c.Begin))
	if len(c.CausesFrames) > 0 {
		text += " · caused " + render.Frames(c.CausesFrames)
	}
	return text
}

func (l *ladder) keys() []key {
	return []key{
		{"enter", "enter right l", "open", "fields and payload of the segment, or the whole call (also →)", func(m *Model) tea.Cmd {
			l.open(m, m.top().at)
			return nil
		}},
		{"m", "m", "mark", "the next segment that is odd or proves a finding", func(m *Model) tea.Cmd {
			l.nextMark(m)
			return nil
		}},
		{"d", "d", "diagnosis", "what was found on this connection", func(m *Model) tea.Cmd {
			m.push(newFindings(l.r, l.conn))
			return nil
		}},
	}
}

// open shows all of a line: of a segment its fields, of a call what it returned.
func (l *ladder) open(m *Model, at int) {
	if at >= len(l.lines) {
		return
	}
	switch line := l.lines[at]; {
	case line.Segment != nil:
		m.push(newPacket(l, at))
	case line.Call != nil:
		text := callText(line.Call)
		m.push(&page{name: "call " + itoa(line.Call.Number), draw: func(width int) []texttab.Cell { return wrapped(text, width, texttab.Plain) }})
	default:
		m.message = "there is no more to it: segments and calls can be opened"
	}
}

// nextMark goes to the next segment that has a mark or is cited by a finding.
func (l *ladder) nextMark(m *Model) {
	o := m.top()
	for i := 1; i <= len(l.lines); i++ {
		at := (o.at + i) % len(l.lines)
		if g := l.lines[at].Segment; g != nil && (render.Marks(g) != "" || len(proving(l.conn, g.Frame)) > 0) {
			o.move(at-o.at, m.rows())
			return
		}
	}
	m.message = "no segment of this connection is odd"
}
