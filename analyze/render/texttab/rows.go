package texttab

import "strings"

// Many is the number of rows from which a table is written row by row instead of being handed to tablewriter, which
// keeps all of them and takes some ten microseconds for each.
const Many = 1000

// Begin writes the head of an Open table, as Print does, for rows that follow one by one.
func (p *Printer) Begin(t Table) {
	if titles := t.titles(p); titles != nil {
		p.write(strings.Join(titles, "") + "\n")
	}
	width := len(t.Columns) - 1
	for _, c := range t.Columns {
		width += c.Width
	}
	p.write(strings.Repeat("─", width) + "\n")
}

// Row writes one row of an Open table, as Print does.
func (p *Printer) Row(t Table, cells []Cell) {
	line := p.line[:0]
	for i, col := range t.Columns {
		if i >= len(cells) {
			break
		}
		if i > 0 {
			line = append(line, ' ')
		}
		width := col.Width
		if i == len(cells)-1 { // the last cell of a short row spills over the columns that are left
			for _, c := range t.Columns[i+1:] {
				width += 1 + c.Width
			}
		}
		line = p.appendCell(line, cells[i], width, col.Align == AtRight && (i < len(cells)-1 || i == len(t.Columns)-1))
	}
	for len(line) > 0 && line[len(line)-1] == ' ' {
		line = line[:len(line)-1]
	}
	p.line = append(line, '\n')
	if p.err != nil {
		return
	}
	if p.ascii {
		_, p.err = p.out.WriteString(asciiLine(string(p.line)))
		return
	}
	_, p.err = p.out.Write(p.line)
}

// appendCell appends a cell at its exact width.
func (p *Printer) appendCell(line []byte, c Cell, width int, right bool) []byte {
	room := width - c.Width()
	if room < 0 {
		c, room = c.Fit(width), 0
	}
	if right {
		line, room = appendBlanks(line, room), 0
	}
	for _, s := range c {
		text := Clean(s.Text)
		if p.color && s.Style != Plain && strings.Trim(text, " ") != "" {
			line = append(append(append(line, "\x1b["...), sgr[s.Style]...), 'm')
			line = append(append(line, text...), "\x1b[0m"...)
		} else {
			line = append(line, text...)
		}
	}
	return appendBlanks(line, room)
}

func appendBlanks(line []byte, n int) []byte {
	for range n {
		line = append(line, ' ')
	}
	return line
}
