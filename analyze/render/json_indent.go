package render

import "bufio"

// indenter writes compact JSON with a line for each value, two blanks deeper in each object or list; empty ones stay on
// their line. It works on pieces, which json.Indent does not.
type indenter struct {
	out     *bufio.Writer
	depth   int
	opened  bool // an object or list was just opened
	quoted  bool // inside a string
	escaped bool // after a backslash inside a string
}

func (n *indenter) write(piece []byte) {
	for _, c := range piece {
		if n.quoted {
			n.out.WriteByte(c)
			n.quoted = n.escaped || c != '"'
			n.escaped = !n.escaped && c == '\\'
			continue
		}
		n.sign(c)
	}
}

// sign writes one byte outside a string.
func (n *indenter) sign(c byte) {
	closing := c == '}' || c == ']'
	if closing {
		n.depth--
	}
	if n.opened != closing {
		n.newline()
	}
	n.opened = c == '{' || c == '['
	n.out.WriteByte(c)
	switch c {
	case '{', '[':
		n.depth++
	case ',':
		n.newline()
	case ':':
		n.out.WriteByte(' ')
	case '"':
		n.quoted = true
	}
}

func (n *indenter) newline() {
	n.out.WriteByte('\n')
	for range n.depth {
		n.out.WriteString("  ")
	}
}
