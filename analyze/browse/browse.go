// Package browse is the interactive form of a report: connections, the ladder of one of them, the fields and payload of a
// segment, findings with their proof.
//
// It is a state and a function of keys: messages come in, lines go out, nothing here knows a terminal or a file. The words
// are those of package render; every line passes texttab, which lets no captured byte through as a command.
package browse

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// Data is what is browsed.
type Data struct {
	Report *report.Report
	// Load reads the segments of a connection that came without. Its context ends when the reader does not wait longer.
	Load func(ctx context.Context, c *report.Connection) (*report.Connection, error)
}

// Look is how the screen is drawn.
type Look struct{ Color, ASCII bool }

// Model is the state of a browser.
type Model struct {
	data          Data
	look          Look
	width, height int
	stack         []*open // the screens passed through, the present one last
	prompt        *prompt // being typed, nil when there is none
	search        string  // what n and N look for
	message       string  // in place of the footer until the next key
	wanted        *wanted // a connection whose segments are being read
}

// wanted is a connection on its way, and where to go in it.
type wanted struct {
	id     uint32
	frame  uint32 // 0: its beginning
	cancel context.CancelFunc
}

// loaded is the answer to wanted.
type loaded struct {
	wanted *wanted
	conn   *report.Connection
	err    error
}

// New returns a browser that shows the connections of d.
func New(d Data, look Look) *Model {
	m := &Model{data: d, look: look, width: 80, height: 24}
	m.push(newConnections(d.Report))
	return m
}

// Init has nothing to start.
func (m *Model) Init() tea.Cmd { return nil }

// Update takes a key, a new size of the window or a connection that was read.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.take(msg)
	m.top().fit(m.width - 2)
	m.top().follow(m.rows())
	return m, cmd
}

func (m *Model) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = max(msg.Width, 20), max(msg.Height, 6)
	case tea.PasteMsg:
		if m.prompt != nil {
			m.prompt.text += firstLine(msg.Content)
		}
	case tea.KeyPressMsg:
		m.message = ""
		if m.prompt != nil {
			m.typed(msg)
			return nil
		}
		return m.key(msg.String())
	case loaded:
		m.arrived(msg)
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// View draws the whole screen.
func (m *Model) View() tea.View {
	var out strings.Builder
	p := texttab.NewPrinter(&out, m.width, m.look.Color, m.look.ASCII)
	for _, line := range m.lines() {
		p.Line(line)
	}
	_ = p.Flush() // a strings.Builder takes everything
	v := tea.NewView(strings.TrimSuffix(out.String(), "\n"))
	v.AltScreen = true
	return v
}

// open is a screen with the place its reader is at.
type open struct {
	screen
	at, first int // the chosen row, and the first one on the screen
}

// screen is one kind of picture: rows below a title.
type screen interface {
	// fit is called before anything is drawn and when the width has changed.
	fit(width int)
	// title names what is shown.
	title(width int) texttab.Cell
	// head is the line of column titles; nil when there is none.
	head(width int) texttab.Cell
	// len is the number of rows.
	len() int
	// row draws one.
	row(i, width int) texttab.Cell
	// text is what a search looks at in a row.
	text(i int) string
	// below draws what is to be said of the chosen row; nil for a text that is read, not chosen from.
	below(i, width int) []texttab.Cell
	// keys are those that only this screen has.
	keys() []key
}

func (m *Model) top() *open { return m.stack[len(m.stack)-1] }

func (m *Model) push(s screen) {
	s.fit(m.width - 2)
	m.stack = append(m.stack, &open{screen: s})
}

// back leaves the present screen; the first one stays.
func (m *Model) back() {
	if m.wanted != nil {
		m.giveUp()
		return
	}
	if len(m.stack) > 1 {
		m.stack = m.stack[:len(m.stack)-1]
	}
}

// move goes by n rows, in a text by n lines.
func (o *open) move(n, rows int) {
	if o.below(o.at, 80) == nil {
		o.at = max(0, min(o.at+n, o.len()-rows))
		o.first = o.at
		return
	}
	o.at = max(0, min(o.at+n, o.len()-1))
	o.follow(rows)
}

// follow scrolls so far that the chosen row is on the screen.
func (o *open) follow(rows int) {
	o.at = max(0, min(o.at, o.len()-1))
	o.first = max(0, min(o.first, o.len()-rows))
	if o.at < o.first || o.below(o.at, 80) == nil {
		o.first = o.at
	}
	if o.at >= o.first+rows {
		o.first = o.at - rows + 1
	}
}
