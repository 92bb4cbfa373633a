package script

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tcplab/capture"
)

// Error says where a text is not a script, and what was expected there.
type Error struct {
	Name string
	Line int
	What string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.What) }

// parser holds what the lines so far have declared.
type parser struct {
	out    Script
	boxes  map[string]*box
	isn    map[pair]uint32 // of directions that have sent a SYN
	next   map[pair]uint16 // IP ID of the next packet
	actors map[string]*actor
}

// maxLine bounds a line; a payload longer than this is given by its length alone.
const maxLine = 1 << 16

// Parse reads a script; name is for errors.
func Parse(name, text string) (*Script, error) {
	p := &parser{
		boxes: map[string]*box{}, isn: map[pair]uint32{}, next: map[pair]uint16{}, actors: map[string]*actor{},
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if len(line) > maxLine {
			return nil, &Error{name, n, "the line is longer than 65536 bytes"}
		}
		if err := p.line(line); err != nil {
			return nil, &Error{name, n, err.Error()}
		}
	}
	return &p.out, nil
}

func (p *parser) line(line string) error {
	words, err := split(line)
	if err != nil || len(words) == 0 {
		return err
	}
	w := &cursor{words: words}
	if at, err := seconds(words[0]); err == nil {
		w.next()
		return p.event(at, w, line)
	}
	if isBox(words[0]) {
		return p.declare(w)
	}
	return p.fact(w, line)
}

// event is a line that begins with a time: a packet or a call.
func (p *parser) event(at capture.Stamp, w *cursor, line string) error {
	name := w.next()
	if !isBox(name) {
		return p.call(at, name, line)
	}
	from, err := p.box(name)
	if err != nil {
		return err
	}
	switch verb := w.next(); verb {
	case ">":
		to, err := p.box(w.next())
		if err != nil {
			return err
		}
		if w.peek() == "icmp" {
			return p.icmp(at, from, to, w)
		}
		return p.segment(at, from, to, w)
	case "asks", "answers":
		to, err := p.box(w.next())
		if err != nil {
			return err
		}
		return p.neighbor(at, from, to, verb == "answers", w)
	default:
		return fmt.Errorf("after box %s comes >, asks or answers, not %q", name, verb)
	}
}

// seconds reads a time; its digits are decimal, so that no binary fraction shifts a nanosecond.
func seconds(s string) (capture.Stamp, error) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, fmt.Errorf("%q is not a time in seconds", s)
	}
	d, err := time.ParseDuration(s + "s")
	if err != nil || d > 1000*time.Hour {
		return 0, fmt.Errorf("%q is not a time in seconds", s)
	}
	return Epoch + capture.Stamp(d), nil
}

// cursor walks over the words of a line.
type cursor struct{ words []string }

func (w *cursor) peek() string {
	if len(w.words) == 0 {
		return ""
	}
	return w.words[0]
}

func (w *cursor) next() string {
	s := w.peek()
	if len(w.words) > 0 {
		w.words = w.words[1:]
	}
	return s
}

func (w *cursor) done() bool { return len(w.words) == 0 }

// number reads the next word as a number of at most bits bits.
func (w *cursor) number(bits int) (uint64, error) {
	word := w.next()
	n, err := strconv.ParseUint(word, 0, bits)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number of %d bits", word, bits)
	}
	return n, nil
}

// split cuts a line into words; <…> and "…" are one word each, # ends the line.
func split(line string) ([]string, error) {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			return words, nil
		}
		n := strings.IndexAny(line, " \t\r\n")
		switch line[0] {
		case '<':
			n = strings.IndexByte(line, '>') + 1
			if n == 0 {
				return nil, fmt.Errorf("a < without its >")
			}
		case '"':
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, fmt.Errorf("a quotation mark without its partner")
			}
			n = len(quoted)
		}
		if n < 0 {
			n = len(line)
		}
		words = append(words, line[:n])
		line = line[n:]
	}
}
