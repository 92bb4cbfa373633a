package render

import (
	"fmt"
	"io"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// found prints where the bytes asked for were sent: the first place in each direction of each connection.
func (p *page) found() {
	p.inputLine(uint64(len(p.r.Connections)))
	for i := range p.r.Connections {
		p.hits(&p.r.Connections[i], p.o.Find)
	}
	p.warnings()
}

// hits prints those of one connection, each with what stands beside it.
func (p *page) hits(c *report.Connection, want []byte) {
	p.Blank()
	p.Line(texttab.Styled(itoa(c.ID)+"  "+endpoint(c.Client)+" → "+endpoint(c.Server), texttab.Bold))
	for i := range c.Found {
		h := &c.Found[i]
		arrow, style := "→", texttab.Left
		if h.Dir == "s2c" {
			arrow, style = "←", texttab.Right
		}
		text := fmt.Sprintf(" frame %d, byte %d", h.Frame, h.Offset)
		if h.LastFrame != h.Frame {
			text += fmt.Sprintf(", ends in frame %d", h.LastFrame)
		}
		p.Line(texttab.Cell{{Text: "   "}, {Text: arrow, Style: style}, {Text: text}})
		p.inContext(h, want)
	}
}

// inContext prints the bytes found with some before and some after them, as much as the line has room for.
func (p *page) inContext(h *report.Hit, want []byte) {
	const indent = 5
	before, middle, after := texttab.Clean(string(h.Before)), texttab.Cut(string(want), p.Width()-indent), texttab.Clean(string(h.After))
	room := p.Width() - indent - texttab.Width(middle)
	before = texttab.End(before, room/2)
	after = texttab.Cut(after, room-texttab.Width(before))
	p.Line(texttab.Cell{{Text: "     "}, {Text: before, Style: texttab.Dim},
		{Text: middle, Style: texttab.Good}, {Text: after, Style: texttab.Dim}})
}

// hitStream prints the places found while the capture is still being read; what was read stands below them.
type hitStream struct {
	page *page
	n    uint64
}

func newHitStream(w io.Writer, o Options) Stream {
	return &hitStream{page: newPage(w, &report.Report{}, o)}
}

func (s *hitStream) Connection(c *report.Connection) error {
	s.n++
	s.page.hits(c, s.page.o.Find)
	return s.page.Err()
}

func (s *hitStream) Finish(r *report.Report) error {
	s.page.r = r
	s.page.Blank()
	s.page.inputLine(s.n)
	s.page.warnings()
	return s.page.Flush()
}
