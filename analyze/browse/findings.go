package browse

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tcplab/analyze/render"
	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// findings lists causes, the gravest first.
type findings struct {
	of   string
	list []found
}

// found is a finding and its connection, nil where it belongs to none.
type found struct {
	*report.Finding
	conn *report.Connection
}

// newFindings lists what was found on one connection, or on everything when c is nil.
func newFindings(r *report.Report, c *report.Connection) *findings {
	f := &findings{of: "the capture"}
	add := func(c *report.Connection) {
		for i := range c.Findings {
			f.list = append(f.list, found{&c.Findings[i], c})
		}
	}
	if c != nil {
		f.of = "connection " + itoa(c.ID)
		add(c)
		return f
	}
	for i := range r.Findings {
		f.list = append(f.list, found{&r.Findings[i], nil})
	}
	for i := range r.Connections {
		add(&r.Connections[i])
	}
	slices.SortStableFunc(f.list, func(a, b found) int { return render.Gravity(a.Severity) - render.Gravity(b.Severity) })
	return f
}

func (f *findings) fit(int)  {}
func (f *findings) len() int { return len(f.list) }

func (f *findings) title(int) texttab.Cell {
	return texttab.Text("what was found on " + f.of)
}

func (f *findings) head(int) texttab.Cell {
	return titles(texttab.Text("  #  severity level    "), "cause")
}

func (f *findings) row(i, _ int) texttab.Cell {
	x := f.list[i]
	number := ""
	if x.conn != nil {
		number = itoa(x.conn.ID)
	}
	line := append(texttab.Styled(number, texttab.Dim).FitRight(3), texttab.Span{Text: "  "})
	line = append(append(line, texttab.Styled(x.Severity, severityStyle(x.Severity)).Fit(8)...), texttab.Span{Text: " "})
	line = append(append(line, texttab.Styled(x.Level, texttab.Dim).Fit(8)...), texttab.Span{Text: " "})
	return append(line, texttab.Span{Text: x.Cause + ": " + x.Title})
}

func (f *findings) text(i int) string {
	x := f.list[i]
	return strings.Join(append([]string{x.Cause, x.Title, x.Severity, x.Level, x.Fix}, x.Evidence...), " ")
}

func (f *findings) below(i, width int) []texttab.Cell {
	if len(f.list) == 0 {
		return []texttab.Cell{{}}
	}
	x := f.list[i]
	lines := []texttab.Cell{}
	for _, why := range x.Evidence {
		lines = append(lines, entry("why", texttab.Good, why, width)...)
	}
	return lines
}

func (f *findings) keys() []key {
	return []key{
		{"enter", "enter right l", "proof", "the proof, what it is not, and what to do (also →)", func(m *Model) tea.Cmd {
			if at := m.top().at; at < len(f.list) {
				m.push(f.list[at].page())
			}
			return nil
		}},
		{"p", "p", "packets", "the packets that prove it", func(m *Model) tea.Cmd {
			if at := m.top().at; at < len(f.list) {
				return f.list[at].packets(m)
			}
			return nil
		}},
	}
}

// page is the finding in full.
func (x found) page() *page {
	p := &page{name: x.Cause + ", " + x.Level, draw: x.proof}
	if x.conn != nil {
		p.name += " · connection " + itoa(x.conn.ID)
	}
	p.own = []key{{"p", "p enter", "packets", "the packets that prove it", x.packets}}
	return p
}

// packets shows the connection at the first frame that proves the finding.
func (x found) packets(m *Model) tea.Cmd {
	if x.conn == nil {
		m.message = "this finding belongs to no connection"
		return nil
	}
	frame := uint32(0)
	if len(x.Frames) > 0 {
		frame = x.Frames[0]
	}
	return m.visit(x.conn.ID, frame)
}

// proof writes the finding with its evidence, what was excluded, and the next step.
func (x found) proof(width int) []texttab.Cell {
	lines := append([]texttab.Cell{nil}, wrapped(x.Title, width, severityStyle(x.Severity))...)
	if x.conn != nil {
		lines = append(lines, wrapped(render.Endpoint(x.conn.Client, 60)+" → "+render.Endpoint(x.conn.Server, 60), width, texttab.Dim)...)
	}
	lines = append(lines, nil)
	add := func(label string, style texttab.Style, texts ...string) {
		for _, text := range texts {
			if text != "" {
				lines = append(lines, entry(label, style, text, width)...)
				label = ""
			}
		}
	}
	add("why", texttab.Good, x.Evidence...)
	add("packets", texttab.Bold, render.Frames(x.Frames))
	add("client sees", texttab.Left, x.ClientSees)
	add("server sees", texttab.Right, x.ServerSees)
	add("next", texttab.Bold, x.Fix)
	not, unjudged := render.Exclusions(x.Excluded)
	add("not", texttab.Warn, not...)
	add("not judged", texttab.Dim, unjudged...)
	return lines
}
