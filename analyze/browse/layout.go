package browse

import (
	"strings"

	"tcplab/analyze/render"
	"tcplab/analyze/render/texttab"
)

// belowLines is the room for what is said of the chosen row.
const belowLines = 3

// rows is how many rows of the present screen are visible: the title, the footer, the head of the columns and the words
// about the chosen row take the rest.
func (m *Model) rows() int {
	o := m.top()
	rest := m.height - 2
	if o.head(m.width) != nil {
		rest--
	}
	if o.below(o.at, m.width) != nil && m.height >= 12 {
		rest -= belowLines + 1
	}
	return max(rest, 1)
}

// lines draws the screen, exactly as high as the window.
func (m *Model) lines() []texttab.Cell {
	o, rows := m.top(), m.rows()
	lines := []texttab.Cell{m.bold(o.title(m.width))}
	if head := o.head(m.width); head != nil {
		lines = append(lines, append(texttab.Text("  "), head...))
	}
	chosen := o.below(o.at, m.width) != nil
	for i := o.first; i < min(o.first+rows, o.len()); i++ {
		lines = append(lines, m.rowLine(o, i, chosen))
	}
	if o.len() == 0 {
		lines = append(lines, texttab.Styled("  nothing to show", texttab.Dim))
	}
	if chosen && m.height >= 12 {
		lines = append(padded(lines, m.height-2-belowLines), texttab.Styled(strings.Repeat("─", m.width), texttab.Dim))
		below := o.below(o.at, m.width)
		lines = append(lines, below[:min(len(below), belowLines)]...)
	}
	return append(padded(lines, m.height-1), m.footer())
}

// bold sets the title apart; the place among the rows stands at its right.
func (m *Model) bold(title texttab.Cell) texttab.Cell {
	o := m.top()
	place := ""
	if o.len() > 0 {
		place = itoa(o.at+1) + "/" + itoa(o.len())
	}
	line := title.Fit(max(0, m.width-len(place)-1))
	for i := range line {
		if line[i].Style == texttab.Plain {
			line[i].Style = texttab.Bold
		}
	}
	return append(line, texttab.Span{Text: " "}, texttab.Span{Text: place, Style: texttab.Dim})
}

// rowLine draws a row behind the column that points at the chosen one. The pointer says it without colour too.
func (m *Model) rowLine(o *open, i int, chosen bool) texttab.Cell {
	row := o.row(i, m.width-2)
	if !chosen || i != o.at {
		return append(texttab.Text("  "), row...)
	}
	if !m.look.Color {
		return append(texttab.Text("▶ "), row...)
	}
	var text strings.Builder
	for _, s := range row.Fit(m.width - 2) {
		text.WriteString(s.Text)
	}
	return texttab.Styled("▶ "+text.String(), texttab.Chosen)
}

// padded fills up with empty lines.
func padded(lines []texttab.Cell, height int) []texttab.Cell {
	for len(lines) < height {
		lines = append(lines, nil)
	}
	return lines[:height]
}

// footer shows what is typed, what was said, or the keys.
func (m *Model) footer() texttab.Cell {
	switch {
	case m.prompt != nil:
		return m.prompt.line(m.width)
	case m.message != "":
		return texttab.Styled(texttab.Cut(m.message, m.width), texttab.Warn)
	case m.wanted != nil:
		return texttab.Text("reading connection " + itoa(int(m.wanted.id)) + " …   esc does not wait")
	}
	line, used := texttab.Cell{}, 0
	for _, k := range m.shown() {
		w := texttab.Width(k.name) + texttab.Width(k.word) + 3
		if used += w; used > m.width+2 {
			break
		}
		line = append(line, texttab.Span{Text: k.name, Style: texttab.Bold}, texttab.Span{Text: " " + k.word + "  ", Style: texttab.Dim})
	}
	return line
}

// wrapped breaks text into lines of one style.
func wrapped(text string, width int, style texttab.Style) []texttab.Cell {
	lines := []texttab.Cell{}
	for _, line := range texttab.Wrap(text, width) {
		lines = append(lines, texttab.Styled(line, style))
	}
	return lines
}

// severityStyle colours what is wrong by how grave it is.
func severityStyle(severity string) texttab.Style {
	return [...]texttab.Style{texttab.Bad, texttab.Warn, texttab.Plain, texttab.Plain}[render.Gravity(severity)]
}
