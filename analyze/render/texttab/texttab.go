// Package texttab lays text out for a terminal: cells of an exact display width, cleaned of everything that could reach
// the terminal as a command, framed by tablewriter.
//
// It knows nothing of TCP. What a caller puts into a Span is cleaned when the cell is drawn, so no caller can forget it.
package texttab

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// Style is how a span looks on a terminal with colour. It never carries meaning alone: the words say the same.
type Style uint8

// The styles. Each uses only the eight base colours and the two weights, which every theme maps to something readable on
// its own background.
const (
	Plain Style = iota
	Bold
	Dim
	Left  // the end in the left column
	Right // the end in the right column
	Good
	Warn
	Bad
	Chosen // the line a reader stands on
)

var sgr = [...]string{Plain: "", Bold: "1", Dim: "2", Left: "36", Right: "35", Good: "32", Warn: "33", Bad: "1;31", Chosen: "7"}

// Span is a piece of text in one style.
type Span struct {
	Text  string
	Style Style
}

// Cell is the content of one table cell, or one line.
type Cell []Span

// Text returns a cell of unstyled text.
func Text(s string) Cell { return Cell{{Text: s}} }

// Styled returns a cell of text in one style.
func Styled(s string, style Style) Cell { return Cell{{s, style}} }

// Width returns how many columns of a terminal s takes. Characters of ambiguous width count as one, whatever the locale:
// a report must not change with the environment it is made in.
func Width(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return twwidth.WidthWithOptions(s, twwidth.Options{})
		}
	}
	return len(s)
}

// Width returns how many columns the cleaned cell takes.
func (c Cell) Width() int {
	w := 0
	for _, s := range c {
		w += Width(Clean(s.Text))
	}
	return w
}

// Fit returns the cell cleaned and exactly width columns wide: padded with blanks at the right, or cut with an ellipsis.
func (c Cell) Fit(width int) Cell {
	fitted, room := make(Cell, 0, len(c)+1), width
	for _, s := range c {
		text := Clean(s.Text)
		if Width(text) > room {
			text = cut(text, room)
		}
		room -= Width(text)
		fitted = append(fitted, Span{text, s.Style})
	}
	if room > 0 {
		fitted = append(fitted, Span{Text: strings.Repeat(" ", room)})
	}
	return fitted
}

// FitRight is Fit with the blanks at the left.
func (c Cell) FitRight(width int) Cell {
	if room := width - c.Width(); room > 0 {
		return append(Cell{{Text: strings.Repeat(" ", room)}}, c.Fit(width-room)...)
	}
	return c.Fit(width)
}

// Head returns the cell's first width columns, cleaned.
func (c Cell) Head(width int) Cell {
	head := Cell{}
	for _, s := range c {
		text := chop(Clean(s.Text), width)
		if Width(text) > width {
			break
		}
		head = append(head, Span{text, s.Style})
		if width -= Width(text); width <= 0 {
			break
		}
	}
	return head
}

// After returns what follows the cell's first width columns, cleaned.
func (c Cell) After(width int) Cell {
	rest := Cell{}
	for _, s := range c {
		text := Clean(s.Text)
		head := ""
		if width > 0 {
			head = chop(text, width)
			width -= Width(head)
		}
		if len(head) < len(text) {
			rest, width = append(rest, Span{text[len(head):], s.Style}), 0
		}
	}
	return rest
}

// Cut returns s cleaned and cut to at most width columns, with an ellipsis when something was cut.
func Cut(s string, width int) string {
	if s = Clean(s); Width(s) > width {
		return cut(s, width)
	}
	return s
}

// cut shortens clean text to at most width columns, the last of them an ellipsis.
func cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	used := 0
	for i, r := range s {
		w := Width(string(r))
		if used+w > width-1 {
			return s[:i] + "…"
		}
		used += w
	}
	return s
}

// Middle shortens s to at most width columns by leaving out its middle: the ends of an address say most.
func Middle(s string, width int) string {
	s = Clean(s)
	if Width(s) <= width {
		return s
	}
	if width < 3 {
		return cut(s, width)
	}
	runes := []rune(s)
	tail := width / 2
	head := width - 1 - tail
	for head > 0 && len(runes) > tail && Width(string(runes[:head])+"…"+string(runes[len(runes)-tail:])) > width {
		head--
	}
	return string(runes[:head]) + "…" + string(runes[len(runes)-tail:])
}

// End returns s cleaned and shortened to its last width columns, with an ellipsis when something was left out.
func End(s string, width int) string {
	if s = Clean(s); Width(s) <= width {
		return s
	}
	for i, r := range s {
		if rest := s[i+len(string(r)):]; Width(rest) < width {
			return "…" + rest
		}
	}
	return ""
}
