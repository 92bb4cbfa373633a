package browse

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tcplab/analyze/render/texttab"
)

// key is one binding: what it is called in the footer and in the help, and what it does.
type key struct {
	name  string // as people write it
	codes string // as the terminal reports it, separated by blanks
	word  string // in the footer; "" for the help alone
	doc   string // in the help; "" for the second of a pair
	do    func(*Model) tea.Cmd
}

// moving are the keys that choose a row or scroll a text.
func moving() []key {
	step := func(by func(rows int) int) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd {
			m.top().move(by(m.rows()), m.rows())
			return nil
		}
	}
	const far = 1 << 30
	return []key{
		{"↑↓", "up k ctrl+p", "move", "up and down (also k and j)", step(func(int) int { return -1 })},
		{"", "down j ctrl+n", "", "", step(func(int) int { return 1 })},
		{"PgUp PgDn", "pgup ctrl+b b", "", "a screen up and down (also b and space)", step(func(rows int) int { return -rows })},
		{"", "pgdown ctrl+f space", "", "", step(func(rows int) int { return rows })},
		{"Home End", "home g", "", "the first and the last row (also g and G)", step(func(int) int { return -far })},
		{"", "end G", "", "", step(func(int) int { return far })},
	}
}

// everywhere are the other keys that every screen has.
func everywhere() []key {
	plain := func(do func(*Model)) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { do(m); return nil }
	}
	return []key{
		{"esc", "esc backspace left h", "back", "back to where you came from (also ←)", plain((*Model).back)},
		{"/", "/", "search", "search the rows for a text", plain(func(m *Model) { m.prompt = &prompt{label: "/", enter: (*Model).find} })},
		{"n N", "n", "", "the next match, the one before", plain(func(m *Model) { m.next(1) })},
		{"", "N", "", "", plain(func(m *Model) { m.next(-1) })},
		{"?", "?", "help", "every key", plain((*Model).help)},
		{"^Z", "ctrl+z", "", "stop; fg comes back", func(*Model) tea.Cmd { return tea.Suspend }},
		{"q", "q ctrl+c", "quit", "leave", func(*Model) tea.Cmd { return tea.Quit }},
	}
}

// bindings are the keys of the present screen. What it binds itself comes first.
func (m *Model) bindings() []key {
	return append(append(m.top().keys(), moving()...), everywhere()...)
}

// key does what the pressed key is bound to.
func (m *Model) key(code string) tea.Cmd {
	for _, k := range m.bindings() {
		for c := range strings.FieldsSeq(k.codes) {
			if c == code {
				return k.do(m)
			}
		}
	}
	return nil
}

// shown are the keys for the footer: moving, those of the screen, the others.
func (m *Model) shown() []key {
	shown := []key{}
	for _, k := range append(append(moving(), m.top().keys()...), everywhere()...) {
		if k.word != "" && (k.word != "back" || len(m.stack) > 1) {
			shown = append(shown, k)
		}
	}
	return shown
}

// help shows every key of the present screen.
func (m *Model) help() {
	if t, ok := m.top().screen.(*page); ok && t.name == helpTitle {
		return
	}
	own := m.top().keys()
	draw := func(width int) []texttab.Cell {
		lines := []texttab.Cell{}
		for _, part := range []struct {
			title string
			keys  []key
		}{{"on the screen you came from", own}, {"moving", moving()}, {"everywhere", everywhere()}} {
			if len(part.keys) > 0 {
				lines = append(lines, nil, texttab.Styled(part.title, texttab.Bold))
			}
			for _, k := range part.keys {
				if k.doc != "" {
					lines = append(lines, entry("  "+k.name, texttab.Left, k.doc, width)...)
				}
			}
		}
		return lines
	}
	m.push(&page{name: helpTitle, draw: draw})
}

const helpTitle = "keys"
