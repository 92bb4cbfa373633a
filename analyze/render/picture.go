package render

import (
	"html"

	"tcplab/analyze/render/texttab"
)

// picture is a drawing before it is written as SVG or PNG: marks in the order they are drawn, in pixels from the top left.
type picture struct {
	marks  []mark
	height int
}

// mark is one thing drawn: a line of text, or strokes.
type mark struct {
	class  string // words: an ink, and for text also "small" or "bold"
	x, y   int    // of text: its base line
	anchor string // of text: what x is: its "middle", its "end", or nothing for its start
	text   string
	trails []trail
}

// spot is a pixel; a trail is a stroke from spot to spot.
type (
	spot  struct{ x, y int }
	trail []spot
)

// ink is how what belongs to a class looks on a light page and on a dark one. Lines that cross differ in more than
// colour: width and dashes tell them apart in print.
type ink struct {
	class, light, dark string
	width              float64
	dash               int // pixels drawn and left out in turn; 0: a whole line
}

// inks lists what a drawing is made of; the first is for what names none.
var inks = []ink{
	{"ink", "#1b1f24", "#e6edf3", 1, 0},
	{"dim", "#6a737d", "#8b949e", 1, 0},
	{"life", "#6a737d", "#8b949e", 1.5, 0},
	{"rule", "#d0d7de", "#373e47", 1, 0},
	{"left", "#0550ae", "#6cb6ff", 1, 0},
	{"right", "#8250df", "#d2a8ff", 1, 0},
	{"sack", "#8250df", "#d2a8ff", 2.5, 0},
	{"good", "#1a7f37", "#56d364", 1, 0},
	{"warn", "#9a6700", "#e3b341", 1, 5},
	{"bad", "#cf222e", "#ff7b72", 1.5, 0},
}

// paper is what a picture is drawn on.
var paper = ink{class: "paper", light: "#ffffff", dark: "#0d1117"}

func (p *picture) text(x, y int, class, anchor, text string) {
	p.marks = append(p.marks, mark{class: class, x: x, y: y, anchor: anchor, text: texttab.Clean(text)})
}

func (p *picture) line(x1, y1, x2, y2 int, class string) {
	p.stroke(class, trail{{x1, y1}, {x2, y2}})
}

func (p *picture) stroke(class string, trails ...trail) {
	if len(trails) > 0 {
		p.marks = append(p.marks, mark{class: class, trails: trails})
	}
}

// to lengthens a trail; a spot it has reached already adds nothing.
func (t trail) to(x, y int) trail {
	if n := len(t); n > 0 && t[n-1] == (spot{x, y}) {
		return t
	}
	return append(t, spot{x, y})
}

// markup escapes text for SVG and HTML: what it holds is seen, never obeyed.
func markup(text string) string { return html.EscapeString(texttab.Clean(text)) }
