package render

import (
	"errors"
	"fmt"
	"html"
	"io"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// SVG is the ladder of both ends as a picture.
var SVG = Format{Name: "svg", Doc: "a picture for papers and slides: the ladder of both ends", Write: writeLadderSVG, Segments: true}

// SequenceSVG is the time-sequence graph of a connection, in tcptrace's manner.
var SequenceSVG = Format{Name: "svg-sequence", Doc: "a picture: sequence numbers over time, with ACKs, windows and repetitions", Write: writeSequenceSVG, Segments: true}

// svgStyle is inside every picture, so that it looks the same wherever it is put, and follows a dark page.
const svgStyle = `<style>
.tcplab{--ink:#1b1f24;--dim:#6a737d;--left:#0550ae;--right:#8250df;--good:#1a7f37;--warn:#9a6700;--bad:#cf222e;--rule:#d0d7de;--paper:#fff}
@media (prefers-color-scheme:dark){.tcplab{--ink:#e6edf3;--dim:#8b949e;--left:#6cb6ff;--right:#d2a8ff;--good:#56d364;--warn:#e3b341;--bad:#ff7b72;--rule:#373e47;--paper:#0d1117}}
.tcplab text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:var(--ink)}
.tcplab .paper{fill:var(--paper)}.tcplab line,.tcplab path{stroke:var(--ink);fill:none}
.tcplab .dim{fill:var(--dim)}.tcplab .small{font-size:11px;fill:var(--dim)}.tcplab .bold{font-weight:600}
.tcplab .rule{stroke:var(--rule)}.tcplab .life{stroke:var(--dim);stroke-width:1.5}
.tcplab text.left{fill:var(--left)}.tcplab text.right{fill:var(--right)}.tcplab text.bad{fill:var(--bad)}.tcplab text.warn{fill:var(--warn)}
.tcplab path.left{stroke:var(--left)}.tcplab path.right{stroke:var(--right)}.tcplab path.bad{stroke:var(--bad)}
.tcplab path.good{stroke:var(--good)}.tcplab path.warn{stroke:var(--warn)}.tcplab path.dim{stroke:var(--dim);fill:none}
</style>
`

// picture is an SVG being drawn. Text is escaped where it is written.
type picture struct {
	strings.Builder
	height int
}

func (p *picture) text(x, y int, class, anchor, text string) {
	fmt.Fprintf(p, `<text x="%d" y="%d" class="%s"`, x, y, class)
	if anchor != "" {
		fmt.Fprintf(p, ` text-anchor="%s"`, anchor)
	}
	fmt.Fprintf(p, ">%s</text>\n", markup(text))
}

func (p *picture) line(x1, y1, x2, y2 int, class string) {
	fmt.Fprintf(p, `<path d="M%d %dL%d %d" class="%s"/>`+"\n", x1, y1, x2, y2, class)
}

func (p *picture) path(d, class string) {
	if d != "" {
		fmt.Fprintf(p, `<path d="%s" class="%s"/>`+"\n", d, class)
	}
}

// markup escapes text for SVG and HTML: what it holds is seen, never obeyed.
func markup(text string) string { return html.EscapeString(texttab.Clean(text)) }

// document returns the finished picture. label is what a screen reader says of it.
func (p *picture) document(width int, label string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="tcplab" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`+"\n%s"+
		`<rect class="paper" width="100%%" height="100%%"/>`+"\n%s</svg>\n", width, p.height, width, p.height, markup(label), svgStyle, p.String())
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

func writeSequenceSVG(w io.Writer, r *report.Report, o Options) error {
	for _, c := range chosen(r, o) {
		if len(c.Segments) == 0 {
			continue
		}
		dir := "c2s"
		if c.ServerToClient.UniqueBytes > c.ClientToServer.UniqueBytes {
			dir = "s2c"
		}
		_, err := io.WriteString(w, sequencePicture(c, dir))
		return err
	}
	return errNoSegments
}
