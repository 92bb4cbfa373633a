package render

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// What the captures of both ends say together, in words.

// between names the ends of a direction: who sends and who receives.
func between(dir string) (from, to string) {
	if dir == "c2s" {
		return "client", "server"
	}
	return "server", "client"
}

// fateText says what became of a segment between the ends, as far as it is worth a word.
func fateText(g *report.Segment) []string {
	e := g.Ends
	if e == nil {
		return nil
	}
	from, to := between(g.Dir)
	var list []string
	switch e.Fate {
	case "lost":
		list = append(list, "lost on the way: it never reached the "+to)
	case "injected":
		list = append(list, "made on the way: the "+from+" did not send it")
	case "missed":
		list = append(list, "the "+from+"'s capture missed it")
	case "unsent":
		list = append(list, "not in the "+from+"'s capture: made on the way, or missed there")
	case "copied":
		list = append(list, "arrived once more: copied on the way")
	case "unwatched":
		list = append(list, "only one capture was running then")
	}
	if e.Copies > 0 {
		list = append(list, fmt.Sprintf("arrived %d times: copied on the way", e.Copies+1))
	}
	if e.Late {
		list = append(list, "overtaken on the way by what was sent later")
	}
	for _, c := range e.Changed {
		list = append(list, "changed on the way: "+changeText(c))
	}
	return list
}

func changeText(c report.Change) string {
	field := map[string]string{"ttl": "TTL", "tos": "TOS", "ip_id": "IP ID", "mss": "MSS", "window_scale": "window scale"}[c.Field]
	if field == "" {
		field = c.Field
	}
	if c.Sent == "" {
		return field
	}
	return field + " " + c.Sent + " → " + c.Arrived
}

// sentText and arrivedText write when a segment left and arrived, in the unit that at writes; a word where it did not.
func sentText(g *report.Segment, at func(report.Seconds) string) string {
	switch e := g.Ends; {
	case e == nil:
		return at(g.Time)
	case e.Sent != nil:
		return at(e.Sent.Time)
	case e.Fate == "injected":
		return "forged"
	}
	return "?"
}

func arrivedText(g *report.Segment, at func(report.Seconds) string) string {
	switch e := g.Ends; {
	case e == nil:
		return ""
	case e.Arrived != nil:
		return at(e.Arrived.Time)
	case e.Fate == "lost":
		return "lost"
	}
	return "?"
}

// Odd are the marks of a segment, and of one that two captures were made of the word for what became of it.
func Odd(g *report.Segment) []string {
	if g.Ends == nil || g.Ends.Fate == "arrived" || g.Ends.Fate == "recut" {
		return g.Marks
	}
	return append(slices.Clone(g.Marks), g.Ends.Fate)
}

// Journey says of a segment that both ends captured when it left and arrived.
func Journey(g *report.Segment) string {
	e := g.Ends
	if e == nil {
		return ""
	}
	at := func(s report.Seconds) string { return brief(time.Duration(s)) }
	text := "left at " + sentText(g, at) + ", arrived at " + arrivedText(g, at)
	switch {
	case e.Fate == "lost":
		text = "left at " + sentText(g, at) + ", never arrived"
	case e.Sent == nil:
		text = "arrived at " + arrivedText(g, at) + ", not seen to leave"
	case e.Arrived != nil:
		text += ": " + brief(time.Duration(e.Arrived.Time-e.Sent.Time)) + " on the way"
	}
	return text
}

// Joined says which captures a report joins, and of each connection what became of its segments: a label and a text each.
func Joined(r *report.Report) (lines [][2]string) {
	list := joinLines(r.Join)
	for i := range r.Connections {
		list = append(list, endsLines(&r.Connections[i])...)
	}
	for _, l := range list {
		lines = append(lines, [2]string{l.label, l.text})
	}
	return lines
}

// labelledLine is one line of what is said of a connection or a run.
type labelledLine struct {
	label string
	style texttab.Style
	text  string
}

// endsLines sum up what became of the segments of a connection between its ends.
func endsLines(c *report.Connection) (lines []labelledLine) {
	if c.Ends == nil {
		return nil
	}
	way, trouble := []string{}, []labelledLine{}
	for _, d := range []struct {
		dir, arrow string
		*report.Way
	}{{"c2s", "→", &c.Ends.ClientToServer}, {"s2c", "←", &c.Ends.ServerToClient}} {
		if d.Sent+d.Arrived > 0 {
			way = append(way, wayText(d.arrow, d.Way))
		}
		trouble = append(trouble, troubleLines(d.dir, d.Way)...)
	}
	style := texttab.Good
	if len(trouble) > 0 {
		style = texttab.Warn
	}
	lines = append([]labelledLine{{"both ends", style, strings.Join(way, " · ")}}, trouble...)
	if t := c.Ends.AtServer; t != nil {
		lines = append(lines, labelledLine{"translated", texttab.Warn,
			"the server knows the connection as " + endpoint(t.Client) + " → " + endpoint(t.Server) + ": an address translator is on the way"})
	}
	return lines
}

// wayText says how many segments of a direction arrived, and how long they took.
func wayText(arrow string, w *report.Way) string {
	text := fmt.Sprintf("%s %d of %d arrived", arrow, w.Arrived, w.Sent)
	if w.Delay != nil {
		text += " in " + spread(w.Delay)
	}
	if w.Hops != nil && *w.Hops > 0 {
		text += " over " + plural(uint64(*w.Hops), "router")
	}
	return text
}

func spread(d *report.Delay) string {
	low, high := brief(time.Duration(d.Min)), brief(time.Duration(d.Max))
	if low == high {
		return low
	}
	return low + " to " + high + ", mostly " + brief(time.Duration(d.Median))
}

// troubleLines name the segments that did not arrive as they were sent.
func troubleLines(dir string, w *report.Way) (lines []labelledLine) {
	from, to := between(dir)
	add := func(label string, style texttab.Style, frames []uint32, text string) {
		if len(frames) > 0 {
			text = strings.Replace(text, "%s", plural(uint64(len(frames)), "segment"), 1)
			lines = append(lines, labelledLine{label, style, text + " (" + frameList("segment", frames) + ")"})
		}
	}
	lost := "%s of the " + from + " never reached the " + to
	if w.LostBytes > 0 {
		lost = "%s of the " + from + " with " + plural(w.LostBytes, "byte") + " never reached the " + to
	}
	add("lost", texttab.Bad, w.Lost, lost)
	add("forged", texttab.Bad, w.Injected, "%s in the name of the "+from+" reached the "+to+", and the "+from+" did not send it")
	add("not sent?", texttab.Warn, w.Unsent, "%s of the "+from+" only the "+to+"'s capture has: made on the way, or missed by the other")
	add("missed", texttab.Warn, w.Missed, "%s of the "+from+" its own capture missed")
	add("copied", texttab.Warn, w.Copied, "%s of the "+from+" arrived more than once")
	add("overtaken", texttab.Warn, w.Late, "%s of the "+from+" arrived after what was sent later")
	add("changed", texttab.Warn, w.Changed, "%s of the "+from+" arrived otherwise than sent")
	add("recut", texttab.Dim, w.Recut, "%s of the "+from+" arrived in other pieces: the network card cuts or joins them")
	add("unwatched", texttab.Dim, w.Unwatched, "%s of the "+from+" crossed when only one capture was running")
	return lines
}

// joinLines say which captures a report joins, and how exact its times are.
func joinLines(j *report.Join) (lines []labelledLine) {
	if j == nil {
		return nil
	}
	text := plural(j.Client.Packets, "packet") + " at the client" + in(j.Client.Path) + ", " + itoa(j.Server.Packets) + " at the server" + in(j.Server.Path)
	if n := j.Client.Other + j.Server.Other; n > 0 {
		text += " · " + plural(n, "connection") + " of other hosts left out"
	}
	style, clock := clockText(&j.Clock)
	return []labelledLine{{"captures", texttab.Dim, text}, {"clocks", style, clock}}
}

// in names the file or directory, where there is one.
func in(path string) string {
	if path == "" {
		return ""
	}
	return " (" + path + ")"
}

// clockText says how far the two clocks are apart, how sure that is, and what it rests on.
func clockText(c *report.JoinedClock) (texttab.Style, string) {
	ahead := "ahead of"
	if c.Offset < 0 {
		ahead = "behind"
	}
	by := fmt.Sprintf("the server's clock is %s %s the client's", span(time.Duration(c.Offset).Abs()), ahead)
	switch c.Basis {
	case "one clock":
		return texttab.Good, "both captures were made by one clock: the times on the way are exact"
	case "one way":
		return texttab.Warn, by + " if packets take no time: only packets of one way were seen at both ends, so their time on the way is not known"
	case "none":
		return texttab.Warn, "no packet was seen at both ends: how far the clocks are apart is not known, and they are taken for equal"
	case "stepped":
		return texttab.Bad, "a clock was stepped between the captures' packets: times at the two ends do not compare"
	}
	if time.Duration(c.Offset).Abs() <= time.Duration(c.Bound) {
		by = "the two clocks agree"
	}
	text := fmt.Sprintf("%s, ± %s: half the shortest round trip, of %d packets there and %d back · the times on the way are right if both ways are equally long",
		by, span(time.Duration(c.Bound)), c.There, c.Back)
	if c.Skew != nil {
		faster := "faster"
		if *c.Skew < 0 {
			faster = "slower"
		}
		text += fmt.Sprintf(" · it runs %.1f ppm %s", math.Abs(*c.Skew), faster)
	}
	return texttab.Dim, text
}

// bothEnds prints what the captures of both ends say of a connection.
func (p *page) bothEnds(c *report.Connection) {
	for _, l := range endsLines(c) {
		p.labelled(l.label, l.style, l.text)
	}
}

// joinedFrom prints which captures the report joins.
func (p *page) joinedFrom() {
	for _, l := range joinLines(p.r.Join) {
		p.labelled(l.label, l.style, l.text)
	}
}

// joinSummary sums up both ends below the table of connections: the captures, the clocks, and each connection that did
// not arrive whole.
func (p *page) joinSummary(conns []*report.Connection) {
	if p.r.Join == nil {
		return
	}
	p.Blank()
	p.joinedFrom()
	for _, c := range conns {
		lines := endsLines(c)
		if len(conns) > 1 && len(lines) < 2 {
			continue
		}
		for _, l := range lines {
			if len(conns) > 1 {
				l.text = "#" + itoa(c.ID) + " " + l.text
			}
			p.labelled(l.label, l.style, l.text)
		}
	}
}

// forged reports whether the segment that ended a connection was made on the way.
func forged(c *report.Connection) bool {
	if c.Ends == nil {
		return false
	}
	made := slices.Concat(c.Ends.ClientToServer.Injected, c.Ends.ServerToClient.Injected)
	return slices.ContainsFunc(c.Close.Frames, func(f uint32) bool { return slices.Contains(made, f) })
}
