package browse

import (
	"strconv"
	"strings"

	"tcplab/analyze/render/texttab"
)

// page is a text to read: help, a finding, a segment. It is drawn anew for each width.
type page struct {
	name  string
	draw  func(width int) []texttab.Cell
	own   []key
	drawn []texttab.Cell
}

func (p *page) fit(width int)                 { p.drawn = p.draw(width) }
func (p *page) title(int) texttab.Cell        { return texttab.Text(p.name) }
func (p *page) head(int) texttab.Cell         { return nil }
func (p *page) below(int, int) []texttab.Cell { return nil }
func (p *page) keys() []key                   { return p.own }
func (p *page) len() int                      { return len(p.drawn) }
func (p *page) row(i, _ int) texttab.Cell     { return p.drawn[i] }
func (p *page) text(i int) string             { return plain(p.drawn[i]) }

// plain is a cell without its styles.
func plain(c texttab.Cell) string {
	var b strings.Builder
	for _, s := range c {
		b.WriteString(s.Text)
	}
	return b.String()
}

// entry is a line of a page with a label in its margin; more lines of the same text follow without.
func entry(label string, style texttab.Style, text string, width int) []texttab.Cell {
	const margin = 13
	lines := []texttab.Cell{}
	for _, line := range texttab.Wrap(text, max(width-margin, 10)) {
		lines = append(lines, append(texttab.Styled(label, style).Fit(margin), texttab.Span{Text: line}))
		label = ""
	}
	return lines
}

func itoa[T ~int | ~int64 | ~uint32 | ~uint64 | ~uint16](n T) string {
	return strconv.FormatInt(int64(n), 10)
}
