package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// follow prints the transcript of the connection asked for, and nothing else of it.
func (p *page) follow() error {
	c, err := p.wanted()
	if err != nil {
		return err
	}
	p.connectionHeader(c)
	if len(c.Transcript) == 0 {
		p.Lines(0, texttab.Dim, "neither end sent any data")
		return nil
	}
	p.chunks(c.Transcript)
	p.warnings()
	return nil
}

// transcript prints what both ends said below what else is printed of a connection.
func (p *page) transcript(c *report.Connection) {
	if len(c.Transcript) == 0 {
		return
	}
	p.Blank()
	p.Line(texttab.Styled("transcript", texttab.Bold))
	p.chunks(c.Transcript)
}

// transcriptPage is a transcript being printed: each line with its offset in the stream of its direction and its frame.
type transcriptPage struct {
	*page
	offset, frame int // widths of these columns
}

// chunks prints a transcript: a line of text on a line of its own, or 16 bytes with Hex.
func (p *page) chunks(list []report.Chunk) {
	t := transcriptPage{p, len("offset"), len("frame")}
	for i := range list {
		k := &list[i]
		t.offset = max(t.offset, len(itoa(k.Offset+uint64(len(k.Data))+k.Missing)))
		t.frame = max(t.frame, len(itoa(k.Frame)))
	}
	if p.o.Hex {
		t.offset = 8
	}
	p.Line(texttab.Styled(fmt.Sprintf("%*s %*s", t.offset, "offset", t.frame, "frame"), texttab.Dim))
	for i := range list {
		switch k := &list[i]; {
		case k.Missing > 0:
			t.gap(k)
		case p.o.Hex:
			t.dump(k)
		default:
			t.text(k)
		}
	}
}

// line prints one line of a direction. The server's stand further in; without colour, too, one sees who speaks.
func (t *transcriptPage) line(k *report.Chunk, offset, frame, text string, style texttab.Style) {
	arrow := "→ "
	if k.Dir == "s2c" {
		arrow = "  ← "
	}
	at := texttab.Styled(fmt.Sprintf("%*s %*s ", t.offset, offset, t.frame, frame), texttab.Dim)
	t.Line(append(at, texttab.Span{Text: arrow, Style: direction(k)}, texttab.Span{Text: text, Style: style}))
}

// at writes an offset, in the base in which the bytes are written.
func (t *transcriptPage) at(offset uint64) string {
	if t.o.Hex {
		return fmt.Sprintf("%08x", offset)
	}
	return itoa(offset)
}

func direction(k *report.Chunk) texttab.Style {
	if k.Dir == "s2c" {
		return texttab.Right
	}
	return texttab.Left
}

// room is what a line has for bytes.
func (t *transcriptPage) room() int { return t.Width() - t.offset - t.frame - len("  ") - len("  < ") }

func (t *transcriptPage) gap(k *report.Chunk) {
	frame := ""
	if k.Frame != 0 { // captured, but cut
		frame = itoa(k.Frame)
	}
	t.line(k, t.at(k.Offset), frame, "… "+plural(k.Missing, "byte")+" not in the capture …", texttab.Warn)
}

// longestPiece bounds what is escaped and measured at once.
const longestPiece = 1024

// text prints the lines of a chunk, each with its own offset; what is longer than the page goes on below.
func (t *transcriptPage) text(k *report.Chunk) {
	frame := itoa(k.Frame)
	for at := 0; at < len(k.Data); {
		piece := firstLine(k.Data[at:])
		offset := t.at(k.Offset + uint64(at))
		for _, part := range texttab.Chop(string(piece), t.room()) {
			t.line(k, offset, frame, part, texttab.Plain)
			offset, frame = "", ""
		}
		at += len(piece)
	}
}

// firstLine returns data up to its first line end, or a piece of it that ends with a whole character.
func firstLine(data []byte) []byte {
	for i, c := range data {
		if c == '\n' {
			return data[:i+1]
		}
		if i >= longestPiece && utf8.RuneStart(c) || i >= longestPiece+utf8.UTFMax {
			return data[:i]
		}
	}
	return data
}

// dump prints the bytes of a chunk, 16 on a line.
func (t *transcriptPage) dump(k *report.Chunk) {
	const row = 16
	frame := itoa(k.Frame)
	for at := 0; at < len(k.Data); at += row {
		bytes := k.Data[at:min(at+row, len(k.Data))]
		t.line(k, t.at(k.Offset+uint64(at)), frame, hexText(bytes), texttab.Plain)
		frame = ""
	}
}

// hexText writes up to 16 bytes in hexadecimal, two by two, and those that are printable ASCII beside it.
func hexText(bytes []byte) string {
	var hex, text strings.Builder
	for i, c := range bytes {
		fmt.Fprintf(&hex, "%02x%s", c, strings.Repeat(" ", i%2))
		if c < ' ' || c > '~' {
			c = '.'
		}
		text.WriteByte(c)
	}
	return fmt.Sprintf("%-40s %s", hex.String(), text.String())
}
