package render

import (
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// stateWidth holds the longest state, SYN-RECEIVED.
const stateWidth = 12

// lanes are the widths of a ladder: time, the ladder between its two lifelines, the words beside it.
type lanes struct {
	time, inner, wire, note int
	numbers                 int // width of the longest frame number
	seconds                 bool
	both                    bool // the right lifeline has times of its own
}

// ladderText draws steps as rows of a table: its lines are the lifelines.
type ladderText struct {
	lanes
	o     Options
	form  wireForm
	last  map[*report.Connection]report.States
	rows  [][]texttab.Cell
	multi bool
}

// drawLadder prints the timeline of both ends.
func (p *page) drawLadder(steps []step, conns []*report.Connection) {
	if len(steps) == 0 {
		p.Lines(0, texttab.Plain, "nothing was captured and no call was recorded")
		return
	}
	l := &ladderText{lanes: measure(steps, len(conns) > 1, p.Width()), o: p.o, last: map[*report.Connection]report.States{}, multi: len(conns) > 1}
	l.form = chooseForm(steps, l.wire-l.numbers-1)
	for _, s := range steps {
		l.step(s)
	}
	columns := []texttab.Column{{Title: map[bool]string{true: "s ", false: "ms "}[l.seconds], Width: l.time, Align: texttab.AtRight},
		{Title: l.title(p.r, conns), Width: l.inner}}
	if l.both {
		columns = append(columns, texttab.Column{Title: columns[0].Title, Width: l.time, Align: texttab.AtRight})
	}
	if l.note > 0 {
		columns = append(columns, texttab.Column{Width: l.note})
	}
	p.Print(texttab.Table{Columns: columns, Frame: texttab.Ladder}, l.rows)
}

// measure divides the width of a line among the lanes. several says that segments name their connection.
func measure(steps []step, several bool, width int) lanes {
	l := lanes{numbers: 2}
	longest, shown := time.Duration(0), time.Duration(0)
	for _, s := range steps {
		longest = max(longest, s.at, -s.at*10)
		shown = max(shown, s.at, -s.at/10) // how long a server had waited before is told with less care
		l.numbers = max(l.numbers, len(frameLabel(s, several)))
	}
	l.seconds = shown >= 10*time.Second
	l.time = max(7, len(l.clock(longest))+1)
	room := width - l.time - 2
	for _, s := range steps {
		l.both = l.both || s.seg != nil && s.seg.Ends != nil
	}
	if l.both {
		room -= l.time + 1
	}
	if width >= 120 {
		l.note = min(max(40, room/3), 64)
		room -= l.note + 1
	}
	l.inner = room
	l.wire = l.inner - 2*(stateWidth+2)
	return l
}

// frameLabel is the number of a frame, behind its connection's when there are several.
func frameLabel(s step, several bool) string {
	if several && s.conn != nil {
		return "#" + itoa(s.conn.ID) + " " + itoa(s.frame)
	}
	return itoa(s.frame)
}

// clock writes a time in the unit of the ladder.
func (l lanes) clock(d time.Duration) string {
	if l.seconds {
		return strconv.FormatFloat(d.Seconds(), 'f', 3, 64)
	}
	return strconv.FormatFloat(float64(d)/1e6, 'f', 3, 64)
}

// title names both ends at the head of the ladder.
func (l *ladderText) title(r *report.Report, conns []*report.Connection) string {
	left, right := " CLIENT", "SERVER "
	if len(conns) == 1 {
		left, right = " CLIENT "+endpoint(conns[0].Client), "SERVER "+endpoint(conns[0].Server)+" "
	}
	for _, a := range r.Actors {
		pid := "pid " + strconv.Itoa(a.PID)
		if a.Name == "client" && len(left)+len(pid)+1 < l.inner/2 {
			left += " " + pid
		}
		if a.Name == "server" && len(right)+len(pid)+1 < l.inner/2 {
			right += pid + " "
		}
	}
	if len(left)+len(right) >= l.inner {
		left, right = " CLIENT", "SERVER "
	}
	return left + strings.Repeat(" ", l.inner-len(left)-len(right)) + right
}

// step appends the rows of one step.
func (l *ladderText) step(s step) {
	switch s.kind {
	case bandStep:
		title := "─ " + s.text + " "
		l.row("", texttab.Styled(title+strings.Repeat("─", max(0, l.inner-texttab.Width(title))), texttab.Bold), "")
	case callStep:
		l.call(s)
	case icmpStep:
		l.row(l.at(s), texttab.Styled(strings.Repeat(" ", stateWidth+2)+pad(frameLabel(s, l.multi), l.numbers)+" ◀─── "+s.text, texttab.Bad), "")
	case segmentStep:
		l.segment(s)
	}
}

func (l *ladderText) row(at string, lane texttab.Cell, note string) { l.times(at, lane, "", note) }

// times appends a row with the times of both lifelines.
func (l *ladderText) times(left string, lane texttab.Cell, right, note string) {
	row := []texttab.Cell{texttab.Styled(left, texttab.Dim), lane}
	if l.both {
		row = append(row, texttab.Styled(right, texttab.Dim))
	}
	l.rows = append(l.rows, append(row, texttab.Text(note)))
}

// ends are the times of a segment at both lifelines; without a capture at each, that of the only one.
func (l *ladderText) ends(s step) (left, right string) {
	if !l.both || s.seg.Ends == nil || !s.timed {
		return l.at(s), ""
	}
	at := func(t report.Seconds) string { return l.clock(s.at+time.Duration(t-s.seg.Time)) + " " }
	left, right = strings.TrimSuffix(sentText(s.seg, at), " ")+" ", strings.TrimSuffix(arrivedText(s.seg, at), " ")+" "
	if s.right {
		left, right = right, left
	}
	return left, right
}

func (l *ladderText) at(s step) string {
	if !s.timed {
		return ""
	}
	return l.clock(s.at) + " "
}

// call writes a system call beside the lifeline of its end.
func (l *ladderText) call(s step) {
	style := texttab.Left
	if s.right {
		style = texttab.Right
	}
	if s.failed {
		style = texttab.Bad
	}
	text := fitCall(s.text, l.inner-2)
	if s.right {
		if lane := texttab.Styled(text+" ", style).FitRight(l.inner); l.both {
			l.times("", lane, l.at(s), "")
		} else {
			l.row(l.at(s), lane, "")
		}
		return
	}
	l.row(l.at(s), texttab.Styled(" "+text, style), "")
}

// segment writes a segment between the states of both ends, and below it what it carried and what is odd about it.
func (l *ladderText) segment(s step) {
	states, last := s.seg.State, l.last[s.conn]
	l.last[s.conn] = states
	lane := append(texttab.Cell{{Text: " "}}, stateCell(states.Client, last.Client).Fit(stateWidth+1)...)
	arrow, style := l.arrow(s)
	lane = append(lane, texttab.Styled(arrow, style).Fit(l.wire)...)
	lane = append(lane, stateCell(states.Server, last.Server).FitRight(stateWidth+1)...)
	notes := []string{""}
	if l.note > 0 {
		notes = texttab.Wrap(s.seg.Note, l.note-2)
	}
	below := l.below(s)
	for i := 0; i < max(len(notes), len(below)+1); i++ {
		note := ""
		if i < len(notes) && notes[i] != "" {
			note = " " + notes[i]
		}
		switch {
		case i == 0:
			left, right := l.ends(s)
			l.times(left, lane, right, note)
		case i <= len(below):
			l.row("", below[i-1], note)
		default:
			l.row("", nil, note)
		}
	}
}

// stateCell shows a state, faintly when the segment did not change it.
func stateCell(now, before string) texttab.Cell {
	if now == before {
		return texttab.Styled(now, texttab.Dim)
	}
	return texttab.Text(now)
}

// below are the lines under a segment: its payload, marks, raw fields, options, and the words when nothing stands beside.
func (l *ladderText) below(s step) []texttab.Cell {
	indent := strings.Repeat(" ", stateWidth+2+l.numbers+1)
	room := l.inner - len(indent) - 1
	lines := []texttab.Cell{}
	add := func(text string, style texttab.Style) {
		lines = append(lines, texttab.Cell{{Text: indent}, {Text: text, Style: style}})
	}
	if len(s.seg.Payload) > 0 {
		add(texttab.Cut(string(s.seg.Payload)+more(s.seg), room), texttab.Plain)
	}
	if odd := marksText(s.seg); odd != "" {
		for _, line := range texttab.Wrap("↳ "+odd, room) {
			add(line, texttab.Warn)
		}
	}
	if l.o.Raw {
		for _, line := range texttab.Wrap(rawText(s.seg), room) {
			add(line, texttab.Dim)
		}
	}
	if l.o.ShowOptions && s.seg.Options != "" {
		for _, line := range texttab.Wrap("<"+s.seg.Options+">", room) {
			add(line, texttab.Dim)
		}
	}
	if l.note == 0 && s.seg.Note != "" {
		for _, line := range texttab.Wrap(s.seg.Note, room) {
			add(line, texttab.Dim)
		}
	}
	return lines
}

// more says how much of a payload was not kept.
func more(g *report.Segment) string {
	if rest := int(g.Len) - len(g.Payload); rest > 0 {
		return "…"
	}
	return ""
}
