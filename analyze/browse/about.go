package browse

import (
	"fmt"
	"strings"
	"time"

	"tcplab/analyze/render"
	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// about says what was captured, and what of it is not shown as a connection.
func about(r *report.Report) *page {
	return &page{name: "the capture", draw: func(width int) []texttab.Cell {
		lines := []texttab.Cell{nil}
		add := func(label string, style texttab.Style, text string) {
			lines = append(lines, entry(label, style, text, width)...)
		}
		add("input", texttab.Bold, r.Input.Path+" · "+r.Input.Format+" · "+strings.Join(r.Input.LinkTypes, ", "))
		if r.Scenario != nil {
			add("scenario", texttab.Bold, r.Scenario.Name+": "+r.Scenario.Title)
		}
		add("packets", texttab.Bold, fmt.Sprintf("%d, %s", r.Input.Packets, render.Plural(r.Input.Bytes, "byte")))
		if r.Input.First != nil && r.Input.Last != nil {
			add("time", texttab.Bold, r.Input.First.UTC().Format(time.DateTime)+" UTC, "+render.Brief(r.Input.Last.Sub(*r.Input.First)))
		}
		add("of these", texttab.Dim, counts(&r.Input.Counts))
		for _, l := range render.Joined(r) {
			add(l[0], texttab.Dim, l[1])
		}
		for _, s := range r.Input.NotTCP {
			add("not TCP", texttab.Dim, fmt.Sprintf("%s %d", s.Name, s.Frames))
		}
		for _, p := range render.Programs(r) {
			add(p.Name, p.Style, p.Command+": "+p.Ended)
			for _, s := range p.Wrote {
				for _, line := range append(s.Lines, s.More) {
					if line != "" {
						add("  "+s.Name, s.Style, line)
					}
				}
			}
		}
		for _, w := range r.Warnings {
			add("warning", texttab.Warn, w)
		}
		for _, e := range r.Expectations {
			word, style := "met", texttab.Good
			if !e.Met {
				word, style = "NOT MET", texttab.Bad
			}
			add(word, style, e.Text)
		}
		return lines
	}}
}

// counts lists what the frames were, without what there was none of.
func counts(c *report.Counts) string {
	list := []string{fmt.Sprintf("TCP %d", c.TCP)}
	for _, k := range []struct {
		name string
		n    uint64
	}{{"ICMP errors", c.ICMPError}, {"other protocols", c.NotTCP}, {"fragments", c.Fragment}, {"malformed or cut", c.Malformed},
		{"of unknown link type", c.UnknownLink}, {"captured twice", c.Duplicate}} {
		if k.n > 0 {
			list = append(list, fmt.Sprintf("%s %d", k.name, k.n))
		}
	}
	return strings.Join(list, " · ")
}
