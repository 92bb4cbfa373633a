package render

import (
	"fmt"
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// wireForm is how much a segment's line spells out. One form is used for a whole ladder, the longest that fits.
type wireForm uint8

const (
	spelled  wireForm = iota // SYN,ACK  seq 0  ack 1  31 bytes  window 65483
	named                    // SYN,ACK seq 0 ack 1 31 bytes win 65483
	terse                    // SYN,ACK 0 ack 1 win 65483; data as 1:32(31)
	lettered                 // S. 0 ack 1 win 65483
	bareForm                 // S. 0 ack 1
)

// describe writes flags, relative numbers, length and window of a segment.
func (f wireForm) describe(g *report.Segment) string {
	ack := ""
	if strings.Contains(g.Flags, ".") {
		ack = fmt.Sprintf(" ack %d", g.Ack)
	}
	switch f {
	case spelled, named:
		length, win, gap := "", "win", " "
		if f == spelled {
			win, gap = "window", "  "
		}
		if g.Len > 0 {
			length = gap + plural(uint64(g.Len), "byte")
		}
		if ack != "" {
			ack = gap + ack[1:]
		}
		return fmt.Sprintf("%s%sseq %d%s%s%s%s %d", flagWords(g.Flags), gap, g.Seq, ack, length, gap, win, g.Window)
	}
	seq := fmt.Sprint(g.Seq)
	if g.Len > 0 {
		seq = fmt.Sprintf("%d:%d(%d)", g.Seq, g.Seq+int64(g.Len), g.Len)
	}
	flags := g.Flags
	if f == terse {
		flags = flagWords(g.Flags)
	}
	if f == bareForm {
		return flags + " " + seq + ack
	}
	return fmt.Sprintf("%s %s%s win %d", flags, seq, ack, g.Window)
}

// spare is how much longer than the shortest an arrow must be for a form to be worth it.
func (f wireForm) spare() int {
	if f < terse {
		return 4
	}
	return 0
}

// chooseForm returns the longest form in which every segment leaves room for its arrow.
func chooseForm(steps []step, width int) wireForm {
	for f := spelled; f < bareForm; f++ {
		fits := true
		for _, s := range steps {
			if s.kind == segmentStep && len(f.describe(s.seg))+shortest+f.spare() > width {
				fits = false
				break
			}
		}
		if fits {
			return f
		}
	}
	return bareForm
}

// arrow draws a segment on the wire, from the end that sent it to the other.
func (l *ladderText) arrow(s step) (string, texttab.Style) {
	number := pad(frameLabel(s, l.multi), l.numbers) + " "
	room := l.wire - len(number)
	text := texttab.Cut(l.form.describe(s.seg), room-shortest)
	lead := min(3, room-texttab.Width(text)-shortest+1) // dashes before the text; the rest follow it
	rest := room - texttab.Width(text) - lead - 3
	style, left, right := texttab.Left, "◀", "▶"
	if Lost(s.seg) {
		left, right = "✗", "✗"
	}
	line := strings.Repeat("─", lead) + " " + text + " " + strings.Repeat("─", rest) + right
	if s.right {
		style = texttab.Right
		line = left + strings.Repeat("─", lead-1) + " " + text + " " + strings.Repeat("─", rest+1)
	}
	if strings.Contains(s.seg.Flags, "R") || Lost(s.seg) {
		style = texttab.Bad
	}
	return number + line, style
}

// lost reports whether a segment is known not to have arrived.
// Lost reports whether the captures of both ends show that a segment never arrived.
func Lost(g *report.Segment) bool { return g.Ends != nil && g.Ends.Fate == "lost" }

// shortest is what the shortest arrow takes beside its text: "─ " before and " ▶" after.
const shortest = 4

// pad sets s at the right of width columns.
func pad(s string, width int) string {
	return strings.Repeat(" ", max(0, width-len(s))) + s
}

// marksText names what is odd about a segment, each mark with its reason, and what became of it on the way.
func marksText(g *report.Segment) string {
	parts := make([]string, len(g.Marks))
	for i, mark := range g.Marks {
		parts[i] = strings.ReplaceAll(mark, "-", " ")
		if i < len(g.Why) && g.Why[i] != "" {
			parts[i] += ": " + g.Why[i]
		}
	}
	return strings.Join(append(parts, fateText(g)...), "; ")
}

// rawText writes the fields as they stand in the packet.
func rawText(g *report.Segment) string {
	return fmt.Sprintf("raw seq %d ack %d window %d · ttl %d · IP id %d", g.SeqRaw, g.AckRaw, g.WinRaw, g.TTL, g.IPID)
}
