package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// packets prints the segments of one connection as a table, with what is odd about one on the line below it.
func (p *page) packets(c *report.Connection) {
	if len(c.Segments) == 0 {
		p.Lines(0, texttab.Dim, "its segments were not kept: ask for them with --segments or --conn")
		return
	}
	t, tight := p.packetTable(c)
	write := func(cells []texttab.Cell) { p.Row(t, cells) }
	rows := [][]texttab.Cell{}
	few := len(c.Segments) < texttab.Many
	if few {
		write = func(cells []texttab.Cell) { rows = append(rows, cells) }
	} else {
		p.Begin(t)
	}
	for i := range c.Segments {
		p.packetRows(t, tight, &c.Segments[i], write)
	}
	if few {
		p.Print(t, rows)
	}
}

// tightness is how much a packet table leaves out to fit its line.
type tightness uint8

const (
	roomy   tightness = iota
	starts            // sequence numbers without the end: start and length say it
	letters           // flags as tcpdump's letters
	bare              // no states, and time to three digits
)

// enough is the room that must be left for the states of both ends.
var enough = [...]int{roomy: 26, starts: 12, letters: 8, bare: -1000}

// packetTable fits the columns: numbers take what they need, words get the rest.
func (p *page) packetTable(c *report.Connection) (texttab.Table, tightness) {
	for tight := roomy; ; tight++ {
		t := texttab.Table{Columns: packetColumns(c, tight), Frame: texttab.Open}
		used := len(t.Columns) - 1
		for _, col := range t.Columns {
			used += col.Width
		}
		last := &t.Columns[len(t.Columns)-1]
		if room := p.Width() - used; room >= enough[tight] {
			last.Width = max(0, room)
			if room > 60 {
				last.Title = "client / server after it, and what it does"
			}
			return t, tight
		}
	}
}

// packetColumns are the columns as wide as the connection's longest numbers.
func packetColumns(c *report.Connection, tight tightness) []texttab.Column {
	frame, at, there, seq, ack, length, win, flags := 5, 5, 7, 3, 3, 3, 3, 5
	for i := range c.Segments {
		g := &c.Segments[i]
		frame, at, length = max(frame, len(itoa(g.Frame))), max(at, texttab.Width(timeText(g, tight))), max(length, len(itoa(g.Len)))
		there = max(there, texttab.Width(arrivalText(g, tight)))
		seq, ack, win = max(seq, len(seqText(g, tight))), max(ack, len(ackText(g))), max(win, len(itoa(g.Window)))
		flags = max(flags, len(flagText(g, tight)))
	}
	right := texttab.AtRight
	columns := []texttab.Column{{Title: "frame", Width: frame, Align: right}, {Title: map[bool]string{true: "ms", false: "after"}[tight < bare], Width: at, Align: right}}
	if c.Ends != nil {
		columns[1].Title = map[bool]string{true: "sent ms", false: "sent"}[tight < bare]
		columns[1].Width = max(at, len(columns[1].Title))
		columns = append(columns, texttab.Column{Title: "arrived", Width: there, Align: right})
	}
	return append(columns, []texttab.Column{{Width: 3},
		{Title: "flags", Width: flags}, {Title: "seq", Width: seq}, {Title: "ack", Width: ack, Align: right},
		{Title: "len", Width: length, Align: right}, {Title: "win", Width: win, Align: right}, {Title: "client / server"}}...)
}

// packetRows writes a segment: its fields and the states after it, then marks, raw fields and options.
func (p *page) packetRows(t texttab.Table, tight tightness, g *report.Segment, write func([]texttab.Cell)) {
	arrow, style := "→", texttab.Left
	if g.Dir == "s2c" {
		arrow, style = "  ←", texttab.Right
	}
	if strings.Contains(g.Flags, "R") {
		style = texttab.Bad
	}
	last := len(t.Columns) - 1
	words := p.packetWords(g, t.Columns[last].Width)
	cells := []texttab.Cell{texttab.Text(itoa(g.Frame)), texttab.Styled(timeText(g, tight), texttab.Dim)}
	if last > singleLast {
		cells = append(cells, texttab.Styled(arrivalText(g, tight), texttab.Dim))
	}
	indent := 0
	for i := range append(cells, nil) {
		indent += t.Columns[i].Width + 1
	}
	blank := make([]texttab.Cell, len(cells)+1)
	write(append(cells, texttab.Styled(arrow, style), texttab.Styled(flagText(g, tight), style), texttab.Text(seqText(g, tight)),
		texttab.Text(ackText(g)), texttab.Text(itoa(g.Len)), texttab.Text(itoa(g.Window)), words[0]))
	for _, line := range words[1:] {
		write(append(make([]texttab.Cell, last), line))
	}
	for _, line := range p.packetExtras(g, p.Width()-indent) {
		write(append(blank[:len(blank):len(blank)], line))
	}
}

// singleLast is the number of the last column where one capture has the times.
const singleLast = 8

// packetWords is the last column: the states of both ends, and words when there is room.
func (p *page) packetWords(g *report.Segment, room int) []texttab.Cell {
	const both = 28 // SYN-RECEIVED / SYN-RECEIVED, and a blank
	lines := []texttab.Cell{texttab.Styled(stateText(g.State, room), texttab.Dim)}
	if room <= 60 || g.Note == "" {
		return lines
	}
	notes := texttab.Wrap(g.Note, room-both)
	lines[0] = append(lines[0].Fit(both), texttab.Span{Text: notes[0]})
	for _, n := range notes[1:] {
		lines = append(lines, texttab.Text(strings.Repeat(" ", both)+n))
	}
	return lines
}

// packetExtras are the lines below a segment: what is odd about it, and what else was asked for.
func (p *page) packetExtras(g *report.Segment, room int) []texttab.Cell {
	lines := []texttab.Cell{}
	add := func(text string, style texttab.Style) {
		for _, line := range texttab.Wrap(text, room) {
			lines = append(lines, texttab.Styled(line, style))
		}
	}
	if odd := marksText(g); odd != "" {
		add("↳ "+odd, texttab.Warn)
	}
	for _, text := range secondText(g) {
		add(text, texttab.Dim)
	}
	if p.o.Raw {
		add(rawText(g), texttab.Dim)
	}
	if p.o.ShowOptions && g.Options != "" {
		add("<"+g.Options+">", texttab.Dim)
	}
	return lines
}

// stateText writes both states, shortened in a narrow column to what tells them apart.
func stateText(s report.States, room int) string {
	full := s.Client + " / " + s.Server
	if len(full) <= room {
		return full
	}
	return shortState(s.Client) + "/" + shortState(s.Server)
}

var shortStates = map[string]string{"SYN-SENT": "SYN-S", "SYN-RECEIVED": "SYN-R", "ESTABLISHED": "ESTAB", "FIN-WAIT-1": "FIN-1",
	"FIN-WAIT-2": "FIN-2", "CLOSE-WAIT": "CLO-W", "LAST-ACK": "LAST", "TIME-WAIT": "TIM-W", "UNKNOWN": "?"}

func shortState(s string) string {
	if short, ok := shortStates[s]; ok {
		return short
	}
	return s
}

// millis writes the time since the connection's first frame.
func millis(g *report.Segment) string { return strconv.FormatFloat(float64(g.Time)/1e6, 'f', 3, 64) }

// seqText writes the first sequence number, and the one after the last byte when there are bytes.
func seqText(g *report.Segment, tight tightness) string {
	if g.Len == 0 || tight >= starts {
		return fmt.Sprint(g.Seq)
	}
	return fmt.Sprintf("%d:%d", g.Seq, g.Seq+int64(g.Len))
}

// timeText writes when a segment was captured, of two captures when it was sent.
func timeText(g *report.Segment, tight tightness) string { return sentText(g, tight.time) }

// arrivalText writes when it arrived, where two captures tell.
func arrivalText(g *report.Segment, tight tightness) string { return arrivedText(g, tight.time) }

func (t tightness) time(at report.Seconds) string {
	if t >= bare {
		return brief(time.Duration(at))
	}
	return strconv.FormatFloat(float64(at)/1e6, 'f', 3, 64)
}

func flagText(g *report.Segment, tight tightness) string {
	if tight >= letters {
		return g.Flags
	}
	return flagWords(g.Flags)
}

func ackText(g *report.Segment) string {
	if !strings.Contains(g.Flags, ".") {
		return ""
	}
	return fmt.Sprint(g.Ack)
}
