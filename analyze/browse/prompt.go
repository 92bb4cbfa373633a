package browse

import (
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"tcplab/analyze/render/texttab"
)

// prompt is a line being typed.
type prompt struct {
	label string
	text  string
	wrong string // why what was entered cannot be used
	enter func(*Model, string)
}

// line draws the prompt; of a long text its end is shown, where one types.
func (p *prompt) line(width int) texttab.Cell {
	text := texttab.Clean(p.text)
	room := max(width-texttab.Width(p.label)-1, 1)
	if texttab.Width(p.wrong) > 0 {
		room = max(room-texttab.Width(p.wrong)-3, room/2)
	}
	for texttab.Width(text) > room {
		_, n := utf8.DecodeRuneInString(text)
		text = text[n:]
	}
	line := texttab.Cell{{Text: p.label, Style: texttab.Bold}, {Text: text}, {Text: "_", Style: texttab.Dim}}
	if p.wrong != "" {
		line = append(line, texttab.Span{Text: "  " + p.wrong, Style: texttab.Bad})
	}
	return line
}

// typed takes a key while a prompt is open.
func (m *Model) typed(msg tea.KeyPressMsg) {
	p := m.prompt
	switch msg.String() {
	case "enter":
		m.prompt = nil
		p.enter(m, p.text)
	case "esc", "ctrl+c":
		m.prompt = nil
	case "ctrl+u":
		p.text = ""
	case "backspace":
		if p.text == "" {
			m.prompt = nil
			return
		}
		_, n := utf8.DecodeLastRuneInString(p.text)
		p.text = p.text[:len(p.text)-n]
	default:
		p.text += msg.Text
	}
	p.wrong = ""
}

// find goes to the first match of text from here on. An empty text repeats the last search.
func (m *Model) find(text string) {
	if text != "" {
		m.search = text
	}
	if m.search == "" {
		return
	}
	if o := m.top(); text != "" && o.at < o.len() && matches(o.text(o.at), m.search) {
		return
	}
	m.next(1)
}

// next goes to the next match, or to the one before, around the ends.
func (m *Model) next(step int) {
	o, n := m.top(), m.top().len()
	if m.search == "" {
		m.message = "nothing to look for: / begins a search"
		return
	}
	for i := 1; i <= n; i++ {
		at := ((o.at+i*step)%n + n) % n
		if matches(o.text(at), m.search) {
			o.move(at-o.at, m.rows())
			return
		}
	}
	m.message = "not found: " + m.search
}

// matches compares without regard to case.
func matches(text, search string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(search))
}
