package render

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"tcplab/analyze/report"
)

// htmlLadder is one ladder with the graphs and the transcript of what it shows.
type htmlLadder struct {
	ID, Title, Unit, Client, Server string
	Verdict                         []htmlLine
	Rows                            template.HTML
	Graphs                          []template.HTML
	Transcript                      template.HTML
}

type htmlLine struct{ Label, Text string }

// ladders draws one ladder of a run, or one of each connection of a plain capture.
func (p *htmlPage) ladders(r *report.Report, x *excerpt) {
	p.rows = map[string]bool{}
	if len(r.Timeline) > 0 {
		p.Ladders = append(p.Ladders, p.ladder(r, x.rows))
		return
	}
	for _, c := range x.drawn {
		p.Ladders = append(p.Ladders, p.ladder(r, []*report.Connection{c}))
	}
	if x.undrawn > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("ladders of %d connections only: --conn N draws another", len(x.drawn)))
	}
}

func (p *htmlPage) ladder(r *report.Report, conns []*report.Connection) htmlLadder {
	steps := ladder(r, conns)
	l := htmlLadder{ID: "ladder", Title: "Ladder", Client: "CLIENT", Server: "SERVER"}
	if len(conns) == 1 {
		c := conns[0]
		l.ID, l.Title = "conn"+itoa(c.ID), "Connection "+itoa(c.ID)
		l.Client, l.Server = clean("CLIENT "+endpoint(c.Client)), clean("SERVER "+endpoint(c.Server))
	}
	lanes := measure(steps, len(conns) > 1, 160)
	l.Unit = map[bool]string{true: "s", false: "ms"}[lanes.seconds]
	for _, c := range conns {
		l.Verdict = append(l.Verdict, verdictLines(c, r.Run, len(conns) > 1)...)
		l.Graphs = append(l.Graphs, graphs(c)...)
	}
	l.Rows = htmlRows(steps, lanes, len(conns) > 1, p.rows)
	l.Transcript = transcript(steps)
	if len(conns) == 1 && len(conns[0].Transcript) > 0 {
		l.Transcript = followed(conns[0])
	}
	return l
}

func verdictLines(c *report.Connection, run *report.Run, several bool) []htmlLine {
	prefix := ""
	if several {
		prefix = "#" + itoa(c.ID) + " "
	}
	lines := []htmlLine{{prefix + "handshake", clean(handshakeText(c))}, {prefix + "data", clean(dataText(c))}, {prefix + "ending", clean(endingText(c, run))}}
	if c.Waits != nil {
		lines = append(lines, htmlLine{prefix + "time", clean(waitsText(c))})
	}
	for _, e := range endsLines(c) {
		lines = append(lines, htmlLine{prefix + e.label, clean(e.text)})
	}
	for _, w := range c.Warnings {
		lines = append(lines, htmlLine{prefix + "warning", clean(w)})
	}
	return lines
}

// rowsWriter writes the rows of a ladder. It escapes each text by itself: ten thousand rows are too many for the template.
type rowsWriter struct {
	strings.Builder
	lanes lanes
	multi bool
	shown int // payload bytes of a segment, at most
	last  map[*report.Connection]report.States
	names map[string]bool // of rows: what links can lead to
}

// name is the attribute that names a row. A call that took a while has a second one, where it returns, without a name.
func (w *rowsWriter) name(letter string, number uint32) string {
	name := letter + itoa(number)
	if w.names[name] {
		return ""
	}
	w.names[name] = true
	return ` id="` + name + `"`
}

// payloadShown is how many payload bytes of each of n segments the page holds: many segments must not make it a large one.
// What both ends said stands below the ladder.
func payloadShown(n int) int {
	const most, least, together = 256, 16, 240_000
	return min(most, max(least, together/max(n, 1)))
}

// htmlRows writes the steps in chunks, which the browser lays out only when they are looked at.
func htmlRows(steps []step, lanes lanes, multi bool, names map[string]bool) template.HTML {
	const chunk = 100
	w := &rowsWriter{lanes: lanes, multi: multi, shown: payloadShown(len(steps)), last: map[*report.Connection]report.States{}, names: names}
	for i, s := range steps {
		if i%chunk == 0 {
			w.WriteString("<div class=\"k\">\n")
		}
		w.step(s)
		if i%chunk == chunk-1 || i == len(steps)-1 {
			w.WriteString("</div>\n")
		}
	}
	return template.HTML(w.String())
}

func (w *rowsWriter) step(s step) {
	clock := ""
	if s.timed {
		clock = w.lanes.clock(s.at)
	}
	switch s.kind {
	case bandStep:
		fmt.Fprintf(w, "<div class=\"band\">%s</div>\n", markup(s.text))
	case callStep:
		w.call(s, clock)
	case icmpStep:
		fmt.Fprintf(w, "<div class=\"r\"%s><i></i><span></span><b class=\"x\">%d %s</b><span></span><span></span></div>\n", w.name("f", s.frame), s.frame, markup(s.text))
	case segmentStep:
		w.segment(s, clock)
	}
}

func (w *rowsWriter) call(s step, clock string) {
	class := map[bool]string{false: "cl", true: "sv"}[s.right]
	if s.failed {
		class = "x"
	}
	left, right := fmt.Sprintf("<span class=\"%s\">%s</span>", class, markup(s.text)), "<span></span>"
	if s.right {
		left, right = right, left
	}
	fmt.Fprintf(w, "<div class=\"r\"%s><i>%s</i>%s<span></span>%s<span></span></div>\n", w.name("c", s.call.Number), clock, left, right)
}

// segment writes a row; what the panel shows beside it is in its data-d, a field on each line.
func (w *rowsWriter) segment(s step, clock string) {
	g, last := s.seg, w.last[s.conn]
	w.last[s.conn] = g.State
	class := "r s c2s"
	if s.right {
		class = "r s s2c"
	}
	if strings.Contains(g.Flags, "R") {
		class += " rst"
	}
	if Lost(g) {
		class += " lost"
	}
	words := named
	if g.Len > 0 {
		words = terse // shorter
	}
	label := frameLabel(s, w.multi) + " " + words.describe(g)
	fmt.Fprintf(w, "<div class=\"%s\"%s data-c=\"%d\" data-d=\"%s\"><i>%s</i>%s<span class=\"w\">%s</span>%s<span>%s",
		class, w.name("f", s.frame), s.conn.ID, dataFields(g, w.shown), clock, stateSpan(g.State.Client, last.Client), markup(label), stateSpan(g.State.Server, last.Server), markup(g.Note))
	if odd := marksText(g); odd != "" {
		fmt.Fprintf(w, " <span class=\"m\">%s</span>", markup(odd))
	}
	w.WriteString("</span></div>\n")
}

func stateSpan(now, before string) string {
	if now == before {
		return "<span class=\"st\">" + markup(now) + "</span>"
	}
	return "<span class=\"st new\">" + markup(now) + "</span>"
}

// dataFields are the fields of the panel, in the order that page.js names them.
func dataFields(g *report.Segment, shown int) string {
	fields := fmt.Sprintf("%s\n%d\n%d\n%d\n%d\n%d\n%s", seconds(g.Time), g.SeqRaw, g.AckRaw, g.WinRaw, g.TTL, g.IPID, markup(g.Options))
	if len(g.Payload) > 0 {
		fields += "\n" + markup(string(g.Payload[:min(len(g.Payload), shown)])) + more(g)
	}
	return fields
}

// transcript writes what both ends said, in order, each piece under its segment.
func transcript(steps []step) template.HTML {
	const most = 1 << 18
	var b strings.Builder
	pieces, left := 0, 0
	for _, s := range steps {
		if s.kind != segmentStep || len(s.seg.Payload) == 0 || repeats(s.seg) {
			continue
		}
		if b.Len() > most {
			left++
			continue
		}
		pieces++
		class, who := "cl", "client"
		if s.right {
			class, who = "sv", "server"
		}
		text := strings.ReplaceAll(markup(string(s.seg.Payload)), `\n`, "\\n\n")
		fmt.Fprintf(&b, "<pre class=\"%s\"><a href=\"#f%d\">%s, segment %d, byte %d</a>\n%s%s</pre>\n", class, s.frame, who, s.frame, s.seg.Seq, text, more(s.seg))
	}
	if left > 0 {
		fmt.Fprintf(&b, "<p class=\"facts\">and %s more</p>\n", plural(uint64(left), "segment"))
	}
	if pieces == 0 {
		return ""
	}
	return template.HTML(b.String())
}

// followed writes the transcript that the report itself holds: every byte once and in order, with its gaps.
func followed(c *report.Connection) template.HTML {
	var b strings.Builder
	for i := range c.Transcript {
		k := &c.Transcript[i]
		class, who := "cl", "client"
		if k.Dir == "s2c" {
			class, who = "sv", "server"
		}
		if k.Missing > 0 {
			fmt.Fprintf(&b, "<p class=\"facts m\">%s, byte %d: %s not captured</p>\n", who, k.Offset, plural(k.Missing, "byte"))
			continue
		}
		text := strings.ReplaceAll(markup(string(k.Data)), `\n`, "\\n\n")
		fmt.Fprintf(&b, "<pre class=\"%s\"><a href=\"#f%d\">%s, segment %d, byte %d</a>\n%s</pre>\n", class, k.Frame, who, k.Frame, k.Offset, text)
	}
	return template.HTML(b.String())
}

// graphs draws what the segments of a connection show over time.
func graphs(c *report.Connection) []template.HTML {
	if len(c.Segments) < 3 {
		return nil
	}
	out := []template.HTML{}
	total := time.Duration(c.Duration).Seconds()
	for _, dir := range []string{"c2s", "s2c"} {
		half, who := &c.ClientToServer, "client"
		if dir == "s2c" {
			half, who = &c.ServerToClient, "server"
		}
		if half.UniqueBytes == 0 {
			continue
		}
		sequence, label := sequencePicture(c, dir)
		out = append(out, inline(sequence, label, c, total))
		out = append(out, graph(c, total, "round trips of the "+who+"'s segments", "ms", "left", roundTrips(c, dir), (*plot).dots)...)
		out = append(out, graph(c, total, "in flight from the "+who, "bytes", "right", inFlight(c, dir), (*plot).stairs)...)
		if half.Packets >= 20 { // a rate needs more than a message or two
			out = append(out, graph(c, total, "throughput from the "+who, "bit/s", "good", throughput(c, dir, 200), (*plot).stairs)...)
		}
	}
	return out
}

// graph draws one series from zero; three values are no graph.
func graph(c *report.Connection, total float64, title, unit, class string, points []point, draw func(*plot, []point, string)) []template.HTML {
	if len(points) < 4 {
		return nil
	}
	most := 0.0
	for _, v := range points {
		most = max(most, v.v)
	}
	p := newPlot(title, unit, total, 0, most*1.05)
	draw(p, points, class)
	return []template.HTML{inline(&p.picture, title, c, total)}
}

// inline makes a picture part of the page: the page has the style, and a click leads to the segment.
func inline(p *picture, label string, c *report.Connection, total float64) template.HTML {
	return template.HTML(p.svgElement(plotWidth, label, "", fmt.Sprintf("data-c=\"%d\" data-t=\"%g\" ", c.ID, total)))
}
