package browse

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"tcplab/analyze/query"
	"tcplab/analyze/report"
)

// Most is the number of segments up to which a connection is opened: a browser keeps all of them in memory.
const Most = 1_000_000

// visit opens the ladder of connection id at a frame. Segments that are not here yet are read meanwhile.
func (m *Model) visit(id, frame uint32) tea.Cmd {
	c := m.connection(id)
	switch {
	case c == nil:
		m.message = "this finding belongs to no connection"
		return nil
	case len(c.Segments) > 0 || m.data.Load == nil:
		m.enter(c, frame)
		return nil
	case c.Frames > Most:
		m.message = "connection " + itoa(id) + " has " + itoa(c.Frames) + " segments, too many for a window: analyze --conn " + itoa(id) + " lists them"
		return nil
	}
	m.giveUp()
	ctx, cancel := context.WithCancel(context.Background())
	w := &wanted{id, frame, cancel}
	m.wanted = w
	load := m.data.Load
	return func() tea.Msg {
		conn, err := load(ctx, c)
		return loaded{w, conn, err}
	}
}

// connection returns the connection with this number.
func (m *Model) connection(id uint32) *report.Connection {
	for i := range m.data.Report.Connections {
		if m.data.Report.Connections[i].ID == id {
			return &m.data.Report.Connections[i]
		}
	}
	return nil
}

// arrived shows a connection that was read, unless its reader has gone elsewhere.
func (m *Model) arrived(l loaded) {
	if l.wanted != m.wanted {
		return
	}
	m.giveUp()
	if l.err != nil && l.conn == nil {
		m.message = l.err.Error()
		return
	}
	c := *m.connection(l.wanted.id) // its findings know the whole capture
	c.Segments = l.conn.Segments
	m.enter(&c, l.wanted.frame)
}

// giveUp stops waiting for a connection.
func (m *Model) giveUp() {
	if m.wanted != nil {
		m.wanted.cancel()
		m.wanted = nil
	}
}

func (m *Model) enter(c *report.Connection, frame uint32) {
	l := newLadder(m.data.Report, c)
	m.push(l)
	m.top().at = l.place(frame)
}

// reason says in one line why a condition cannot be understood.
func reason(err error) string {
	var wrong *query.SyntaxError
	if errors.As(err, &wrong) {
		return wrong.What + ", at column " + itoa(wrong.At+1)
	}
	return err.Error()
}
