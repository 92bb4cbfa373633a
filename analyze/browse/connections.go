package browse

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tcplab/analyze/query"
	"tcplab/analyze/render"
	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// connections is the first screen: a line for each connection.
type connections struct {
	r       *report.Report
	longest int   // width of the longest endpoint
	order   []int // of the connections shown, by their place in the report
	where   string
	query   *query.Query
	sorted  int // in orders
}

// orders are the ways to sort, gone through one by one.
var orders = []struct {
	name string
	less func(a, b *report.Connection) int
}{
	{"number", func(a, b *report.Connection) int { return 0 }},
	{"gravest finding", func(a, b *report.Connection) int { return cmp.Compare(worst(a), worst(b)) }},
	{"bytes", largest(func(c *report.Connection) uint64 {
		return c.ClientToServer.UniqueBytes + c.ServerToClient.UniqueBytes
	})},
	{"duration", largest(func(c *report.Connection) report.Seconds { return c.Duration })},
	{"repetitions", largest(func(c *report.Connection) uint64 {
		return c.ClientToServer.Retransmissions + c.ServerToClient.Retransmissions
	})},
	{"round trip", largest(func(c *report.Connection) report.Seconds {
		return max(c.ClientToServer.RTT.Median, c.ServerToClient.RTT.Median)
	})},
	{"packets", largest(func(c *report.Connection) uint32 { return c.Frames })},
}

func largest[T cmp.Ordered](value func(*report.Connection) T) func(a, b *report.Connection) int {
	return func(a, b *report.Connection) int { return cmp.Compare(value(b), value(a)) }
}

func worst(c *report.Connection) int {
	if len(c.Findings) == 0 {
		return render.Gravity("")
	}
	return render.Gravity(c.Findings[0].Severity)
}

func newConnections(r *report.Report) *connections {
	c := &connections{r: r, longest: len("client")}
	for i := range r.Connections {
		const all = 60
		conn := &r.Connections[i]
		c.longest = max(c.longest, len(render.Endpoint(conn.Client, all)), len(render.Endpoint(conn.Server, all)))
	}
	c.arrange()
	return c
}

// arrange picks and sorts what is shown.
func (c *connections) arrange() {
	c.order = c.order[:0]
	for i := range c.r.Connections {
		if c.query == nil || c.query.Match(&c.r.Connections[i]) {
			c.order = append(c.order, i)
		}
	}
	less := orders[c.sorted].less
	slices.SortStableFunc(c.order, func(a, b int) int { return less(&c.r.Connections[a], &c.r.Connections[b]) })
}

func (c *connections) conn(i int) *report.Connection { return &c.r.Connections[c.order[i]] }
func (c *connections) fit(int)                       {}
func (c *connections) len() int                      { return len(c.order) }

func (c *connections) title(width int) texttab.Cell {
	name := c.r.Input.Path
	if c.r.Scenario != nil {
		name = c.r.Scenario.Name + " on " + name
	}
	line := texttab.Text(texttab.Middle(name, max(width/3, 12)))
	add := func(s string, style texttab.Style) { line = append(line, texttab.Span{Text: " · " + s, Style: style}) }
	add(render.Plural(c.r.Input.Packets, "packet"), texttab.Dim)
	if c.query == nil {
		add(render.Plural(uint64(len(c.r.Connections)), "connection"), texttab.Dim)
	} else {
		add(itoa(len(c.order))+" of "+render.Plural(uint64(len(c.r.Connections)), "connection")+" where "+c.where, texttab.Warn)
	}
	if c.sorted > 0 {
		add("by "+orders[c.sorted].name, texttab.Warn)
	}
	return line
}

// widths are those of the number, an endpoint and the last column.
func (c *connections) widths(width int) (number, end, rest int) {
	number = max(2, len(itoa(len(c.r.Connections)-1)))
	const fixed = 5 + 5 + 5 + 5 + 7 // took, bytes, packets and the blanks between all columns
	const cause = 18
	end = max(9, min(c.longest, (width-number-fixed-cause)/2))
	return number, end, max(0, width-number-2*end-fixed)
}

func (c *connections) columns(width int, cells [7]texttab.Cell) texttab.Cell {
	number, end, rest := c.widths(width)
	line := texttab.Cell{}
	for i, w := range []int{-number, end, end, -5, -5, -5, -5} {
		cell := cells[i].Fit(max(w, 0))
		if w < 0 {
			cell = cells[i].FitRight(-w)
		}
		line = append(append(line, cell...), texttab.Span{Text: " "})
	}
	return line[:len(line):len(line)].Fit(width - rest)
}

func (c *connections) head(width int) texttab.Cell {
	return titles(c.columns(width-2, [7]texttab.Cell{texttab.Text("#"), texttab.Text("client"), texttab.Text("server"),
		texttab.Text("took"), texttab.Text("B c→s"), texttab.Text("B s→c"), texttab.Text("pkts")}), "how it went")
}

// titles draws column titles.
func titles(line texttab.Cell, last string) texttab.Cell {
	line = append(line, texttab.Span{Text: last})
	for i := range line {
		line[i].Style = texttab.Dim
	}
	return line
}

func (c *connections) row(i, width int) texttab.Cell {
	conn := c.conn(i)
	_, end, _ := c.widths(width)
	line := c.columns(width, [7]texttab.Cell{texttab.Styled(itoa(conn.ID), texttab.Dim),
		texttab.Styled(render.Endpoint(conn.Client, end), texttab.Left), texttab.Styled(render.Endpoint(conn.Server, end), texttab.Right),
		texttab.Text(render.Brief(time.Duration(conn.Duration))), texttab.Text(render.Size(conn.ClientToServer.UniqueBytes)),
		texttab.Text(render.Size(conn.ServerToClient.UniqueBytes)), texttab.Text(render.Size(uint64(conn.Frames)))})
	if len(conn.Findings) > 0 && conn.Findings[0].Severity != "note" {
		return append(line, texttab.Span{Text: conn.Findings[0].Cause, Style: severityStyle(conn.Findings[0].Severity)})
	}
	return append(line, texttab.Span{Text: render.Went(conn)})
}

func (c *connections) text(i int) string {
	conn := c.conn(i)
	words := []string{render.Endpoint(conn.Client, 60), render.Endpoint(conn.Server, 60), conn.Outcome, render.Went(conn)}
	for _, f := range conn.Findings {
		words = append(words, f.Cause, f.Title)
	}
	return strings.Join(words, " ")
}

func (c *connections) below(i, width int) []texttab.Cell {
	if c.bare() {
		return summary(c.r.Findings, width)
	}
	if len(c.order) == 0 {
		return []texttab.Cell{{}}
	}
	conn := c.conn(i)
	lines := summary(conn.Findings, width)
	first := min(len(lines), belowLines-1)
	facts := entry("#"+itoa(conn.ID)+" "+conn.Outcome, texttab.Dim, render.Endpoint(conn.Client, 60)+" → "+render.Endpoint(conn.Server, 60)+
		" · "+conn.Start.UTC().Format(time.DateTime)+" UTC", width)
	return slices.Concat(lines[:first], facts, lines[first:])
}

// bare reports whether there is no connection, and something was found all the same: an attempt that sent nothing.
func (c *connections) bare() bool { return len(c.r.Connections) == 0 && len(c.r.Findings) > 0 }

// summary is a line for each finding.
func summary(list []report.Finding, width int) []texttab.Cell {
	lines := []texttab.Cell{}
	for _, f := range list {
		lines = append(lines, entry(f.Severity, severityStyle(f.Severity), f.Title+" ("+f.Cause+", "+f.Level+")", width)...)
	}
	return lines
}

func (c *connections) keys() []key {
	return []key{
		{"enter", "enter right l", "open", "the packets of the connection (also →)", func(m *Model) tea.Cmd {
			if c.bare() {
				m.push(newFindings(c.r, nil))
			}
			if c.len() == 0 {
				return nil
			}
			return m.visit(c.conn(m.top().at).ID, 0)
		}},
		{"f", "f", "filter", "only connections that meet a condition, as analyze --where takes", func(m *Model) tea.Cmd {
			m.prompt = &prompt{label: "where: ", text: c.where, enter: func(m *Model, text string) { c.filter(m, text) }}
			return nil
		}},
		{"s", "s", "sort", "by the next of: number, finding, bytes, duration, repetitions, round trip, packets", func(m *Model) tea.Cmd {
			c.sorted = (c.sorted + 1) % len(orders)
			c.arrange()
			m.top().at = 0
			return nil
		}},
		{"d", "d", "diagnosis", "what was found, on all connections", func(m *Model) tea.Cmd {
			m.push(newFindings(c.r, nil))
			return nil
		}},
		{"i", "i", "", "what the capture is: packets, protocols, warnings, expectations", func(m *Model) tea.Cmd {
			m.push(about(c.r))
			return nil
		}},
	}
}

// filter shows the connections that meet the condition. One that cannot be understood stays in the prompt.
func (c *connections) filter(m *Model, text string) {
	q, err := (*query.Query)(nil), error(nil)
	if strings.TrimSpace(text) != "" {
		q, err = query.Parse(text)
	}
	if err != nil {
		m.prompt = &prompt{label: "where: ", text: text, wrong: reason(err), enter: func(m *Model, text string) { c.filter(m, text) }}
		return
	}
	c.where, c.query = text, q
	c.arrange()
	m.top().at = 0
}
