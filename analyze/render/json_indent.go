package render

import "bufio"

// indenter writes compact JSON with a line for each value, two blanks deeper in each object or list; empty ones stay on
// their line. It works on pieces, which json.Indent does not.
type indenter struct {
	out     *bufio.Writer
	buf     []byte
	depth   int
	opened  bool // an object or list was just opened
	quoted  bool // inside a string
	escaped bool // after a backslash inside a string
}

func (n *indenter) write(piece []byte) error {
	b := n.buf[:0]
	for _, c := range piece {
		if n.quoted {
			b = append(b, c)
			n.quoted = n.escaped || c != '"'
			n.escaped = !n.escaped && c == '\\'
			continue
		}
		b = n.sign(b, c)
	}
	n.buf = b
	_, err := n.out.Write(b) // the writer keeps its error
	return err
}

// sign appends one byte outside a string.
func (n *indenter) sign(b []byte, c byte) []byte {
	closing := c == '}' || c == ']'
	if closing {
		n.depth--
	}
	if n.opened != closing {
		b = n.newline(b)
	}
	n.opened = c == '{' || c == '['
	b = append(b, c)
	switch c {
	case '{', '[':
		n.depth++
	case ',':
		b = n.newline(b)
	case ':':
		b = append(b, ' ')
	case '"':
		n.quoted = true
	}
	return b
}

func (n *indenter) newline(b []byte) []byte {
	b = append(b, '\n')
	for range n.depth {
		b = append(b, ' ', ' ')
	}
	return b
}
