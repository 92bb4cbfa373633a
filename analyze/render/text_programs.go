package render

import (
	"fmt"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// linesShown is how much a report shows of what a program wrote.
const linesShown = 12

// programs says of each program of the user's how it ended and what it wrote.
func (p *page) programs() {
	for i := range p.r.Actors {
		a := &p.r.Actors[i]
		if a.Command == "" {
			continue
		}
		style, text := exitText(a)
		p.labelled(a.Name, style, text)
		p.wrote(a, "stdout", texttab.Dim)
		p.wrote(a, "stderr", texttab.Warn)
	}
}

// exitText says how a program ended.
func exitText(a *report.Actor) (texttab.Style, string) {
	switch {
	case a.EndedBy != "" && a.Exit.Signal == a.EndedBy:
		return texttab.Dim, "ended by tcplab with " + a.EndedBy
	case a.EndedBy != "":
		return texttab.Dim, fmt.Sprintf("exited with status %d when tcplab sent %s", a.Exit.Status, a.EndedBy)
	case a.Exit.Signal != "":
		return texttab.Bad, "killed by " + a.Exit.Signal
	case a.Exit.Status != 0:
		return texttab.Bad, fmt.Sprintf("exited with status %d", a.Exit.Status)
	}
	return texttab.Good, "exited with status 0"
}

// wrote shows what a program wrote to one stream: its text is data, and cannot do anything to the terminal.
func (p *page) wrote(a *report.Actor, stream string, style texttab.Style) {
	var text strings.Builder
	for _, o := range a.Output {
		if o.Stream == stream {
			text.WriteString(o.Text)
		}
	}
	if text.Len() == 0 {
		return
	}
	lines := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
	label := "  " + stream
	for i, line := range lines {
		if i == linesShown {
			p.labelled("", texttab.Dim, fmt.Sprintf("… and %s more, which --format json has", plural(uint64(len(lines)-i), "line")))
			break
		}
		for _, part := range fold(texttab.Clean(line), p.Width()-textMargin) {
			p.Line(append(texttab.Styled(" "+label, style).Fit(textMargin), texttab.Span{Text: part}))
			label = ""
		}
	}
}

// fold cuts a line to pieces of width columns. Unlike prose it is not wrapped at words: its blanks may mean something.
func fold(line string, width int) (parts []string) {
	start, used := 0, 0
	for i, r := range line {
		w := texttab.Width(string(r))
		if used+w > width {
			parts = append(parts, line[start:i])
			start, used = i, 0
		}
		used += w
	}
	return append(parts, line[start:])
}
