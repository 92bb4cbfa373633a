package texttab

import (
	"bufio"
	"io"
	"strings"
)

// Printer writes lines and tables to a terminal or a file. Errors of the writer are kept and returned by Flush.
type Printer struct {
	out   *bufio.Writer
	width int
	color bool
	ascii bool
	err   error
	line  []byte // reused by Row
}

// NewPrinter returns a printer for lines of at most width columns.
func NewPrinter(w io.Writer, width int, color, ascii bool) *Printer {
	return &Printer{out: bufio.NewWriterSize(w, 1<<16), width: width, color: color, ascii: ascii}
}

// Width returns how many columns a line has.
func (p *Printer) Width() int { return p.width }

// Line writes one line, cut to the printer's width.
func (p *Printer) Line(c Cell) {
	if c.Width() > p.width {
		c = c.Fit(p.width)
	}
	p.write(p.draw(c) + "\n")
}

// Lines writes text wrapped to the width, each line after indent blanks.
func (p *Printer) Lines(indent int, style Style, text string) {
	for _, line := range Wrap(text, p.width-indent) {
		p.Line(Cell{{Text: strings.Repeat(" ", indent)}, {line, style}})
	}
}

// Blank writes an empty line.
func (p *Printer) Blank() { p.write("\n") }

// Flush writes what is buffered and returns the first error.
func (p *Printer) Flush() error {
	if p.err == nil {
		p.err = p.out.Flush()
	}
	return p.err
}

// blank stands for a space inside a drawn cell: tablewriter collapses runs of spaces, and no break spaces it keeps.
const blank = "\u00a0"

// draw returns the cleaned cell as terminal text, with blanks still protected.
func (p *Printer) draw(c Cell) string {
	var b strings.Builder
	for _, s := range c {
		text := strings.ReplaceAll(Clean(s.Text), " ", blank)
		if p.color && s.Style != Plain && strings.Trim(text, blank) != "" {
			b.WriteString("\x1b[" + sgr[s.Style] + "m" + text + "\x1b[0m")
		} else {
			b.WriteString(text)
		}
	}
	return b.String()
}

// junctions joins a drawn rule with the frame beside it, through the colour of the rule.
var junctions = strings.NewReplacer("│─", "├─", "─│", "─┤", "│\x1b[1m─", "├\x1b[1m─", "─\x1b[0m│", "─\x1b[0m┤")

// write passes drawn text on: blanks become spaces, those at the end of a line go, and signs become ASCII when asked.
func (p *Printer) write(text string) {
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(strings.TrimRight(line, "\n"), blank, " ")
		line = junctions.Replace(strings.TrimRight(line, " "))
		if p.ascii {
			line = asciiLine(line)
		}
		if p.err == nil {
			_, p.err = p.out.WriteString(line + "\n")
		}
	}
}

// asciiSigns gives each sign of our own an ASCII one of the same width.
var asciiSigns = map[rune]rune{
	'─': '-', '│': '|', '┌': '+', '┐': '+', '└': '+', '┘': '+', '├': '+', '┤': '+', '┬': '+', '┴': '+', '┼': '+',
	'▶': '>', '◀': '<', '→': '>', '←': '<', '⇄': '=', '·': '-', '…': '~', '×': 'x', '✓': '+', '✗': 'x', '↳': '\'',
	'–': '-', '↑': '^', '↓': 'v', '≥': '>', '≤': '<', 'µ': 'u',
}

// asciiLine replaces what is not ASCII, keeping every column where it is.
func asciiLine(line string) string {
	var b strings.Builder
	for _, r := range line {
		sign, known := asciiSigns[r]
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case known:
			b.WriteRune(sign)
		default:
			b.WriteString(strings.Repeat("?", Width(string(r))))
		}
	}
	return b.String()
}

// Err returns the first error of the writer.
func (p *Printer) Err() error { return p.err }
