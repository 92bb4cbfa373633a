package render

import (
	"bytes"
	"fmt"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// transcript prints what both ends said, in order, and what of it the capture lacks.
func (p *page) transcript(c *report.Connection) {
	if len(c.Transcript) == 0 {
		return
	}
	p.Blank()
	p.Line(texttab.Styled("transcript", texttab.Bold))
	for i := range c.Transcript {
		p.chunk(&c.Transcript[i])
	}
}

// chunk prints one piece of one direction: who, where in its stream, which frame carried it, and its lines.
func (p *page) chunk(k *report.Chunk) {
	who, style := "client", texttab.Left
	if k.Dir == "s2c" {
		who, style = "server", texttab.Right
	}
	if k.Missing > 0 {
		p.Line(texttab.Styled(fmt.Sprintf(" %s  byte %d: %s not captured", who, k.Offset, plural(k.Missing, "byte")), texttab.Warn))
		return
	}
	p.Line(texttab.Styled(fmt.Sprintf(" %s  byte %d, %s, segment %d", who, k.Offset, plural(uint64(len(k.Data)), "byte"), k.Frame), style))
	for line := range bytes.Lines(k.Data) {
		text := texttab.Clean(string(line))
		for _, part := range texttab.Chop(text, p.Width()-4) {
			p.Line(texttab.Cell{{Text: "    "}, {Text: part}})
		}
	}
}
