package render

import (
	"strings"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// secondText is what Wireshark says of a segment, and why that is not what we say; nothing when both are silent.
func secondText(g *report.Segment) []string {
	w := g.Wireshark
	if w == nil || len(w.Marks) == 0 && w.Differs == "" {
		return nil
	}
	said := "no mark"
	if len(w.Info) > 0 {
		said = strings.Join(w.Info, ", ")
	}
	lines := []string{"[Wireshark: " + said + "]"}
	if w.Differs != "" {
		lines = append(lines, "they differ: "+w.Differs)
	}
	return lines
}

// secondJudgement sums up what Wireshark says of connections, where it was asked for; apart sets it off from
// what stands above.
func (p *page) secondJudgement(conns []*report.Connection, apart bool) {
	marks := map[string]uint64{}
	var names []string
	var differing, judged uint64
	for _, c := range conns {
		if c.Wireshark == nil {
			continue
		}
		judged += uint64(c.Frames)
		differing += c.Wireshark.Differing
		for _, m := range c.Wireshark.Marks {
			if marks[m.Name] == 0 {
				names = append(names, m.Name)
			}
			marks[m.Name] += m.Frames
		}
	}
	if judged == 0 {
		return
	}
	if apart {
		p.Blank()
	}
	text := plural(differing, "segment") + " of " + itoa(judged) + " judged otherwise than here"
	if differing == 0 {
		text = "judges no segment otherwise than here"
	}
	for _, name := range names {
		text += " · " + strings.TrimPrefix(name, "tcp.analysis.") + " " + itoa(marks[name])
	}
	p.labelled("Wireshark", texttab.Dim, text)
}
