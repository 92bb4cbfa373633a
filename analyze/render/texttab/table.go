package texttab

import (
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Align says where in its column a cell stands.
type Align uint8

// The alignments.
const (
	AtLeft Align = iota
	AtRight
)

// Column is one column of a table: Width columns of the terminal, whatever its cells hold.
type Column struct {
	Title string
	Width int
	Align Align
}

// Frame says which lines are drawn.
type Frame uint8

// The frames.
const (
	Open    Frame = iota // a rule under the titles, columns set apart by blanks
	Boxed                // every line
	Ladder               // a line after the first column and after each other one, closed above and below
	Unruled              // no line at all
)

// Table draws rows in columns of fixed width.
type Table struct {
	Columns []Column
	Frame   Frame
}

// Print draws the table with its rows.
func (p *Printer) Print(t Table, rows [][]Cell) {
	// tablewriter measures with a width table it picks from the locale; ours must not depend on that.
	if twwidth.IsEastAsian() {
		twwidth.SetEastAsian(false)
	}
	var b strings.Builder
	table := tablewriter.NewTable(&b, tablewriter.WithConfig(t.config()), // WithConfig must come first: it replaces all
		tablewriter.WithRenderer(renderer.NewBlueprint(t.rendition())))
	if titles := t.titles(p); titles != nil {
		table.Header(titles)
	}
	for _, row := range rows {
		if err := table.Append(p.row(t, row)); err != nil && p.err == nil {
			p.err = err
		}
	}
	if err := table.Render(); err != nil && p.err == nil {
		p.err = err
	}
	p.write(b.String())
}

// row draws each cell at its exact width. The last cell of a short row spills over the columns that are left.
func (p *Printer) row(t Table, cells []Cell) []string {
	drawn := make([]string, len(t.Columns))
	var spill Cell
	for i, col := range t.Columns {
		width := col.Width
		if t.spaced() && i < len(t.Columns)-1 {
			width++ // the blank between columns belongs to the cell, so that a spilling one can write on it
		}
		switch {
		case i >= len(cells) && i == len(t.Columns)-1:
			drawn[i] = p.cell(t, spill.Fit(width))
		case i >= len(cells):
			drawn[i] = p.cell(t, spill.Head(width).Fit(width))
			spill = spill.After(width)
		case i == len(cells)-1 && i < len(t.Columns)-1:
			drawn[i] = p.cell(t, cells[i].Head(width).Fit(width))
			spill = cells[i].After(width)
		case col.Align == AtRight:
			drawn[i] = p.cell(t, append(cells[i].FitRight(col.Width), Span{Text: strings.Repeat(" ", width-col.Width)}))
		default:
			drawn[i] = p.cell(t, append(cells[i].Fit(col.Width), Span{Text: strings.Repeat(" ", width-col.Width)}))
		}
	}
	return drawn
}

// cell draws a fitted cell with what stands at both sides of it.
func (p *Printer) cell(t Table, c Cell) string {
	if t.Frame == Boxed {
		return blank + p.draw(c) + blank
	}
	return p.draw(c)
}

// spaced reports whether blanks, not lines, set the columns apart.
func (t Table) spaced() bool { return t.Frame == Open || t.Frame == Unruled }

// titles draws the head of the table; nil when no column has a title.
func (t Table) titles(p *Printer) []string {
	cells, titled := make([]Cell, len(t.Columns)), false
	for i, c := range t.Columns {
		cells[i] = Styled(c.Title, Bold)
		titled = titled || c.Title != ""
	}
	if !titled {
		return nil
	}
	return p.row(t, cells)
}

// config switches off everything tablewriter would do to the text itself.
func (t Table) config() tablewriter.Config {
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Padding:    tw.CellPadding{Global: tw.PaddingNone},
	}
	return tablewriter.Config{Header: cell, Row: cell, Behavior: tw.Behavior{TrimSpace: tw.Off, TrimTab: tw.Off}}
}

func (t Table) rendition() tw.Rendition {
	on, off := tw.On, tw.Off
	r := tw.Rendition{Symbols: tw.NewSymbols(tw.StyleLight)}
	r.Settings.Separators = tw.Separators{BetweenColumns: on, BetweenRows: off, ShowHeader: off, ShowFooter: off}
	switch t.Frame {
	case Open:
		r.Borders = tw.Border{Left: off, Right: off, Top: off, Bottom: off}
		r.Symbols = tw.NewSymbolCustom("open").WithRow("─").WithColumn("").WithCenter("")
		r.Settings.Lines = tw.Lines{ShowTop: off, ShowBottom: off, ShowHeaderLine: on, ShowFooterLine: off}
	case Boxed:
		r.Borders = tw.Border{Left: on, Right: on, Top: on, Bottom: on}
		r.Settings.Lines = tw.Lines{ShowTop: on, ShowBottom: on, ShowHeaderLine: on, ShowFooterLine: off}
	case Ladder:
		r.Borders = tw.Border{Left: off, Right: on, Top: on, Bottom: on}
		r.Settings.Lines = tw.Lines{ShowTop: on, ShowBottom: on, ShowHeaderLine: on, ShowFooterLine: off}
	case Unruled:
		r.Borders = tw.Border{Left: off, Right: off, Top: off, Bottom: off}
		r.Symbols = tw.NewSymbolCustom("unruled").WithRow("").WithColumn("").WithCenter("")
		r.Settings.Lines = tw.Lines{ShowTop: off, ShowBottom: off, ShowHeaderLine: off, ShowFooterLine: off}
	}
	return r
}
