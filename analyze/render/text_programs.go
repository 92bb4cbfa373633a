package render

import "tcplab/analyze/render/texttab"

// programs says of each program of the user's how it ended and what it wrote.
func (p *page) programs() {
	for _, program := range Programs(p.r) {
		p.labelled(program.Name, program.Style, program.Ended)
		for _, s := range program.Wrote {
			p.wrote(s)
		}
	}
}

// wrote shows what a program wrote to one stream.
func (p *page) wrote(s Writing) {
	label := "  " + s.Name
	for _, line := range s.Lines {
		for _, part := range fold(line, p.Width()-textMargin) {
			p.Line(append(texttab.Styled(" "+label, s.Style).Fit(textMargin), texttab.Span{Text: part}))
			label = ""
		}
	}
	if s.More != "" {
		p.labelled("", texttab.Dim, s.More)
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
