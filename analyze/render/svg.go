package render

import (
	"errors"
	"fmt"
	"html"
	"io"
	"strings"

	"tcplab/analyze/report"
)

// SVG is the ladder of both ends as a picture.
var SVG = Format{Name: "svg", Doc: "the ladder of both ends as a picture, for papers and slides", Write: writeLadderSVG, Segments: true}

// SequenceSVG is the time-sequence graph of a connection, in tcptrace's manner.
var SequenceSVG = Format{Name: "svg-sequence", Doc: "the time-sequence graph as a picture: what was sent, sent again, acknowledged and allowed", Write: writeSequenceSVG, Segments: true}

// svgStyle is inside every picture, so that it looks the same wherever it is put, and follows a dark page.
var svgStyle = newSVGStyle()

func newSVGStyle() string {
	var light, dark strings.Builder
	for _, i := range append(inks, paper) {
		fmt.Fprintf(&light, "--%s:%s;", i.class, i.light)
		fmt.Fprintf(&dark, "--%s:%s;", i.class, i.dark)
	}
	return "<style>\n.tcplab{" + light.String() + "}\n@media (prefers-color-scheme:dark){.tcplab{" + dark.String() + "}}\n" +
		".tcplab .paper{fill:var(--paper)}\n" + svgClasses + "</style>\n"
}

// svgClasses is the part of the style that a page with colours of its own needs too.
var svgClasses = newSVGClasses()

func newSVGClasses() string {
	var b strings.Builder
	b.WriteString(".tcplab text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:var(--ink)}.tcplab path{fill:none}\n")
	for _, i := range inks {
		fmt.Fprintf(&b, ".tcplab text.%[1]s{fill:var(--%[1]s)}.tcplab path.%[1]s{stroke:var(--%[1]s);%[2]s}\n", i.class, i.strokeCSS())
	}
	b.WriteString(".tcplab text.small{font-size:11px;fill:var(--dim)}.tcplab .bold{font-weight:600}\n")
	return b.String()
}

// strokeCSS is how the lines of an ink are drawn.
func (i ink) strokeCSS() string {
	css := fmt.Sprintf("stroke-width:%g", i.width)
	if i.dash > 0 {
		css += fmt.Sprintf(";stroke-dasharray:%d", i.dash)
	}
	return css
}

// svg writes the picture as SVG. label is what a screen reader says of it.
func (p *picture) svg(width int, label string) string {
	return p.svgElement(width, label, svgStyle, "")
}

// svgElement writes the picture with a style of its own, or without when the page around it has one.
func (p *picture) svgElement(width int, label, style, attributes string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg %sxmlns="http://www.w3.org/2000/svg" class="tcplab" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`+"\n%s"+
		`<rect class="paper" width="100%%" height="100%%"/>`+"\n", attributes, width, p.height, width, p.height, markup(label), style)
	for i := range p.marks {
		p.marks[i].svg(&b)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (m *mark) svg(b *strings.Builder) {
	if m.trails == nil {
		anchor := ""
		if m.anchor != "" {
			anchor = fmt.Sprintf(` text-anchor="%s"`, m.anchor)
		}
		fmt.Fprintf(b, `<text x="%d" y="%d" class="%s"%s>%s</text>`+"\n", m.x, m.y, m.class, anchor, html.EscapeString(m.text))
		return
	}
	b.WriteString(`<path d="`)
	for _, t := range m.trails {
		t.svg(b)
	}
	fmt.Fprintf(b, `" class="%s"/>`+"\n", m.class)
}

// svg writes a trail as path data, upright and level strokes in their short form.
func (t trail) svg(b *strings.Builder) {
	fmt.Fprintf(b, "M%d %d", t[0].x, t[0].y)
	for i, s := range t[1:] {
		switch before := t[i]; {
		case before.x == s.x:
			fmt.Fprintf(b, "V%d", s.y)
		case before.y == s.y:
			fmt.Fprintf(b, "H%d", s.x)
		default:
			fmt.Fprintf(b, "L%d %d", s.x, s.y)
		}
	}
}

// chosen returns the connections a picture is about: the one asked for, or all.
func chosen(r *report.Report, o Options) []*report.Connection {
	conns := []*report.Connection{}
	for _, c := range connections(r) {
		if o.Conn < 0 || int64(c.ID) == int64(o.Conn) {
			conns = append(conns, c)
		}
	}
	return conns
}

// errNoSegments says that a picture has nothing to show, and how to get it.
var errNoSegments = errors.New("the report has no segments to draw: ask for one connection with --conn N, or for --segments")

// errNoConnection says that there are none to ask for.
var errNoConnection = errors.New("the capture has no TCP connection")

// nothing is why a report has nothing to show.
func nothing(r *report.Report) error {
	if len(r.Connections) == 0 {
		return errNoConnection
	}
	return errNoSegments
}

func writeLadderSVG(w io.Writer, r *report.Report, o Options) error {
	p, err := ladderOf(r, o)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, p.svg(ladderWidth, ladderLabel))
	return err
}

func writeSequenceSVG(w io.Writer, r *report.Report, o Options) error {
	p, label, err := sequenceGraphOf(r, o)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, p.svg(plotWidth, label))
	return err
}
