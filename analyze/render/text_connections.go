package render

import (
	"sort"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// connectionTable is the table of connections: one line each, at any width.
type connectionTable struct {
	*texttab.Printer
	texttab.Table
	start time.Time
	wide  bool // opened, ended and finding have columns of their own
}

// newConnectionTable fits the columns to the connections; with none given, to the longest IPv4 addresses.
func newConnectionTable(p *texttab.Printer, conns []*report.Connection, start time.Time) *connectionTable {
	t := &connectionTable{Printer: p, start: start, wide: p.Width() >= 110}
	id, client, server, finding := 3, 21, 21, 17
	if len(conns) > 0 {
		id, client, server, finding = 1, 6, 6, 7
	}
	for _, c := range conns {
		id = max(id, len(itoa(c.ID)))
		client, server = max(client, len(endpoint(c.Client))), max(server, len(endpoint(c.Server)))
		finding = max(finding, texttab.Width(t.outcome(c)))
	}
	const number, gaps = 5, 7
	room := p.Width() - id - 4*number - gaps
	columns := []texttab.Column{{Title: "#", Width: id, Align: texttab.AtRight}, {Title: "client"}, {Title: "server"},
		{Title: "start", Width: number, Align: texttab.AtRight}, {Title: "took", Width: number, Align: texttab.AtRight},
		{Title: "B c→s", Width: number, Align: texttab.AtRight}, {Title: "B s→c", Width: number, Align: texttab.AtRight}}
	if t.wide {
		const openedWidth, endedWidth = 12, 15
		columns = append(columns, texttab.Column{Title: "opened", Width: openedWidth}, texttab.Column{Title: "ended", Width: endedWidth})
		room -= openedWidth + endedWidth + 2
	}
	last := map[bool]string{true: "finding", false: "how it went"}[t.wide]
	columns[1].Width, columns[2].Width, finding = share(room, client, server, max(finding, len(last)))
	t.Table = texttab.Table{Columns: append(columns, texttab.Column{Title: last, Width: finding}), Frame: texttab.Open}
	return t
}

// share gives client, server and finding the room there is: what is too long is shortened, the addresses alike.
func share(room, client, server, finding int) (int, int, int) {
	const leastFinding, leastAddress = 16, 13
	if client+server+finding > room {
		finding = max(min(finding, leastFinding), room-client-server)
	}
	for client+server+finding > room && max(client, server) > leastAddress {
		if client > server {
			client--
		} else {
			server--
		}
	}
	return client, server, room - client - server
}

// outcome is the last column: the finding that matters most, or how it went.
func (t *connectionTable) outcome(c *report.Connection) string {
	if len(c.Findings) > 0 && c.Findings[0].Severity != "note" {
		return "✗ " + c.Findings[0].Cause
	}
	if t.wide {
		if len(c.Findings) > 0 {
			return "· " + c.Findings[0].Cause
		}
		return ""
	}
	return went(c)
}

// row writes one connection.
func (t *connectionTable) row(c *report.Connection) []texttab.Cell {
	cells := []texttab.Cell{
		texttab.Text(itoa(c.ID)),
		texttab.Text(shortEndpoint(c.Client, t.Columns[1].Width)),
		texttab.Text(shortEndpoint(c.Server, t.Columns[2].Width)),
		texttab.Styled(brief(c.Start.Sub(t.start)), texttab.Dim),
		texttab.Text(brief(time.Duration(c.Duration))),
		texttab.Text(size(c.ClientToServer.UniqueBytes)),
		texttab.Text(size(c.ServerToClient.UniqueBytes)),
	}
	if t.wide {
		cells = append(cells, texttab.Text(opened(c)), texttab.Text(ended(c)))
	}
	return append(cells, texttab.Styled(t.outcome(c), outcomeStyle(c)))
}

func outcomeStyle(c *report.Connection) texttab.Style {
	switch {
	case worst(c) == gravity("error"):
		return texttab.Bad
	case worst(c) == gravity("warning") || c.Close.Kind == "reset":
		return texttab.Warn
	case closedWell(c):
		return texttab.Good
	}
	return texttab.Plain
}

// print draws the whole table.
func (t *connectionTable) print(conns []*report.Connection) {
	rows := make([][]texttab.Cell, 0, min(len(conns), texttab.Many))
	if len(conns) < texttab.Many {
		for _, c := range conns {
			rows = append(rows, t.row(c))
		}
		t.Print(t.Table, rows)
		return
	}
	t.Begin(t.Table)
	for _, c := range conns {
		t.Row(t.Table, t.row(c))
	}
}

// sortWorstFirst puts connections with the gravest findings first, each kind in order of time.
func sortWorstFirst(conns []*report.Connection) {
	sort.SliceStable(conns, func(i, j int) bool { return worst(conns[i]) < worst(conns[j]) })
}
