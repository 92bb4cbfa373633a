package browse

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tcplab/analyze/render"
	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// packet shows the fields and the payload of one segment.
type packet struct {
	page
	ladder *ladder
	at     int  // in the ladder
	hex    bool // the payload in hexadecimal
}

func newPacket(l *ladder, at int) *packet {
	p := &packet{ladder: l, at: at, hex: true}
	p.draw = p.lines
	p.own = []key{
		{"x", "x", "hex/text", "payload in hexadecimal or as text", func(*Model) tea.Cmd { p.hex = !p.hex; return nil }},
		{"←→", "right l", "other", "the next segment, the one before", func(m *Model) tea.Cmd { p.turn(m, 1); return nil }},
		{"", "left h", "", "", func(m *Model) tea.Cmd { p.turn(m, -1); return nil }},
	}
	return p
}

// turn shows the next segment in a direction, and takes the ladder behind along.
func (p *packet) turn(m *Model, step int) {
	for at := p.at + step; at >= 0 && at < p.ladder.len(); at += step {
		if p.ladder.lines[at].Segment != nil {
			p.at = at
			m.top().at, m.top().first = 0, 0
			if len(m.stack) > 1 {
				m.stack[len(m.stack)-2].at = at
			}
			return
		}
	}
	m.message = "no segment beyond this one"
}

func (p *packet) segment() *report.Segment { return p.ladder.lines[p.at].Segment }

func (p *packet) title(int) texttab.Cell {
	g, from, to := p.segment(), "client", "server"
	if g.Dir == "s2c" {
		from, to = to, from
	}
	return texttab.Text(fmt.Sprintf("frame %d of %s · %s → %s · %s", g.Frame, p.ladder.name(), from, to, render.Flags(g.Flags)))
}

// lines draws all fields, what they mean, and the payload.
func (p *packet) lines(width int) []texttab.Cell {
	g, c := p.segment(), p.ladder.conn
	lines := []texttab.Cell{}
	add := func(label, text string, style texttab.Style) {
		if text != "" {
			lines = append(lines, entry(label, style, text, width)...)
		}
	}
	add("what", g.Note, texttab.Bold)
	add("odd", render.Marks(g), texttab.Warn)
	for _, f := range proving(c, g.Frame) {
		add("proves", f.Title+" ("+f.Cause+", "+f.Level+")", severityStyle(f.Severity))
	}
	for _, call := range causing(p.ladder.r.Calls, g.Frame) {
		add("caused by", callText(call), texttab.Left)
	}
	lines = append(lines, nil)
	add("time", c.Start.Add(time.Duration(g.Time)).UTC().Format("2006-01-02 15:04:05.000000000")+" UTC, "+since(p.ladder, p.at), texttab.Dim)
	add("on the way", render.Journey(g), texttab.Dim)
	add("from", render.Endpoint(sender(c, g), 60), texttab.Dim)
	add("flags", render.Flags(g.Flags)+", as tcpdump writes them "+g.Flags, texttab.Dim)
	add("sequence", sequence(g), texttab.Dim)
	if strings.Contains(g.Flags, ".") {
		add("acknowledges", fmt.Sprintf("%d (raw %d)", g.Ack, g.AckRaw), texttab.Dim)
	}
	add("window", window(g), texttab.Dim)
	add("options", g.Options, texttab.Dim)
	add("IP", fmt.Sprintf("TTL %d · id %d", g.TTL, g.IPID), texttab.Dim)
	add("states after", "client "+g.State.Client+" · server "+g.State.Server, texttab.Dim)
	add("phase", g.Phase, texttab.Dim)
	return append(append(lines, nil), p.payload(width)...)
}

func sender(c *report.Connection, g *report.Segment) report.Endpoint {
	if g.Dir == "s2c" {
		return c.Server
	}
	return c.Client
}

// since says when a segment came: after the first and after the one before it.
func since(l *ladder, at int) string {
	g := l.lines[at].Segment
	text := render.Brief(time.Duration(g.Time)) + " after the first"
	for i := at - 1; i >= 0; i-- {
		if before := l.lines[i].Segment; before != nil {
			return text + ", " + render.Brief(time.Duration(g.Time-before.Time)) + " after frame " + itoa(before.Frame)
		}
	}
	return text
}

func sequence(g *report.Segment) string {
	if g.Len == 0 {
		return fmt.Sprintf("%d (raw %d), no payload", g.Seq, g.SeqRaw)
	}
	return fmt.Sprintf("%d to %d (raw %d), %s of payload", g.Seq, g.Seq+int64(g.Len)-1, g.SeqRaw, render.Plural(uint64(g.Len), "byte"))
}

func window(g *report.Segment) string {
	if uint32(g.WinRaw) == g.Window {
		return itoa(g.Window)
	}
	return fmt.Sprintf("%d (%d in the header, scaled)", g.Window, g.WinRaw)
}

// causing are the calls that sent a frame.
func causing(calls []report.Call, frame uint32) []*report.Call {
	list := []*report.Call{}
	for i := range calls {
		if slices.Contains(calls[i].CausesFrames, frame) {
			list = append(list, &calls[i])
		}
	}
	return list
}

// payload draws the bytes that were kept.
func (p *packet) payload(width int) []texttab.Cell {
	g := p.segment()
	if g.Len == 0 {
		return nil
	}
	title := "payload, " + render.Plural(uint64(g.Len), "byte")
	if kept := len(g.Payload); uint32(kept) < g.Len {
		title += fmt.Sprintf(", the first %d of them kept", kept)
	}
	lines := []texttab.Cell{texttab.Styled(title, texttab.Bold)}
	if p.hex {
		return append(lines, hexLines(g.Payload)...)
	}
	for line := range strings.Lines(string(g.Payload)) {
		for _, piece := range texttab.Chop(texttab.Clean(line), max(width-2, 10)) {
			lines = append(lines, texttab.Text("  "+piece))
		}
	}
	return lines
}

// hexLines draws sixteen bytes a line, with what of them is printable ASCII.
func hexLines(data []byte) []texttab.Cell {
	lines := []texttab.Cell{}
	for at := 0; at < len(data); at += 16 {
		row := data[at:min(at+16, len(data))]
		digits, text := "", ""
		for i, b := range row {
			if i == 8 {
				digits += " "
			}
			digits += hex.EncodeToString([]byte{b}) + " "
			if b < ' ' || b > '~' {
				b = '.'
			}
			text += string(rune(b))
		}
		lines = append(lines, texttab.Cell{{Text: fmt.Sprintf("  %04x  ", at), Style: texttab.Dim}, {Text: fmt.Sprintf("%-50s", digits)}, {Text: text}})
	}
	return lines
}
