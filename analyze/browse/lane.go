package browse

import (
	"strings"

	"tcplab/analyze/render"
	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// row draws a line of the ladder: its time, what happened between the lifelines, and the states after it.
func (l *ladder) row(i, width int) texttab.Cell {
	line := l.lines[i]
	inner, states := l.lanes(width)
	number, beside := "", texttab.Cell(nil)
	left, right := "│", "│"
	lane := l.callLane(line, inner)
	switch {
	case line.Band:
		left, right = "├", "┤"
		text := "─ " + line.Text + " "
		lane = texttab.Styled(text+strings.Repeat("─", max(inner-texttab.Width(text), 0)), texttab.Dim)
	case line.Segment != nil:
		number, lane = itoa(line.Frame), segmentLane(line.Segment, inner)
		beside = texttab.Styled(render.States(line.Segment.State, states), texttab.Dim)
	case line.Call == nil:
		number = itoa(line.Frame)
	}
	row := texttab.Text(number).FitRight(l.number)
	row = append(append(row, texttab.Span{Text: " "}), texttab.Styled(l.time(line), texttab.Dim).FitRight(l.clock)...)
	row = append(append(row, texttab.Span{Text: " " + left}), lane.Fit(inner)...)
	return append(append(row, texttab.Span{Text: right + " "}), beside...)
}

// callLane draws a system call at the side of the end that made it.
func (l *ladder) callLane(line render.Line, inner int) texttab.Cell {
	style := texttab.Left
	switch {
	case line.Failed || line.Call == nil:
		style = texttab.Bad
	case line.Right:
		style = texttab.Right
	}
	text := texttab.Styled(render.FitCall(line.Text, inner), style)
	if line.Right {
		return text.FitRight(inner)
	}
	return text
}

// segmentLane draws a segment as an arrow between the lifelines, with its words at the end it leaves from.
func segmentLane(g *report.Segment, inner int) texttab.Cell {
	words, style := segmentWords(g, inner-5), texttab.Left
	if g.Dir == "s2c" {
		style = texttab.Right
	}
	head := map[string]string{"c2s": "▶", "s2c": "◀"}[g.Dir]
	if render.Lost(g) {
		head = "✗"
	}
	if strings.Contains(g.Flags, "R") || render.Lost(g) {
		style = texttab.Bad
	}
	text := texttab.Cell{{Text: words, Style: style}}
	if marks := strings.ReplaceAll(strings.Join(render.Odd(g), ", "), "-", " "); marks != "" {
		text = append(text, texttab.Span{Text: " " + marks, Style: texttab.Warn})
	}
	text = text.Fit(min(text.Width(), max(inner-5, 1)))
	shaft := strings.Repeat("─", max(inner-text.Width()-3, 1))
	if g.Dir == "s2c" {
		return append(texttab.Styled(head+shaft+" ", style), append(text, texttab.Span{Text: " "})...)
	}
	return append(append(texttab.Cell{{Text: " "}}, text...), texttab.Span{Text: " " + shaft + head, Style: style})
}

// segmentWords names what a segment carries, as much as fits.
func segmentWords(g *report.Segment, room int) string {
	words := render.Flags(g.Flags) + " " + itoa(g.Seq)
	if g.Len > 0 {
		words += ":" + itoa(g.Seq+int64(g.Len))
	}
	more := []string{}
	if strings.Contains(g.Flags, ".") {
		more = append(more, " ack "+itoa(g.Ack))
	}
	if len(g.Marks) == 0 {
		more = append(more, " win "+itoa(g.Window))
	}
	for _, w := range more {
		if len(words)+len(w) <= room {
			words += w
		}
	}
	return words
}
