package query

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"tcplab/analyze/report"
)

// Query is a parsed condition.
type Query struct{ match func(*report.Connection) bool }

// Match reports whether the condition holds for c.
func (q *Query) Match(c *report.Connection) bool { return q.match(c) }

// SyntaxError says where a condition cannot be understood.
type SyntaxError struct {
	Text string
	At   int // byte offset
	What string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at %q", e.What, e.Text[e.At:])
}

// maxDepth bounds how deep parentheses and "not" nest.
const maxDepth = 64

// Parse reads a condition.
func Parse(text string) (*Query, error) {
	p := &parser{text: text}
	p.next()
	match := p.or(0)
	if p.err == nil && p.token != "" {
		p.fail("unexpected word")
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Query{match}, nil
}

type condition = func(*report.Connection) bool

// parser reads one token ahead.
type parser struct {
	text  string
	at    int // after token
	start int // of token
	token string
	err   error
}

func (p *parser) fail(what string) condition {
	if p.err == nil {
		p.err = &SyntaxError{Text: p.text, At: p.start, What: what}
	}
	return func(*report.Connection) bool { return false }
}

// next moves to the next token: a word, a comparison or a parenthesis; "" is the end.
func (p *parser) next() {
	for p.at < len(p.text) && unicode.IsSpace(rune(p.text[p.at])) {
		p.at++
	}
	p.start = p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '(' || c == ')':
			if p.at == p.start {
				p.at++
			}
		case strings.IndexByte("=!<>~", c) >= 0:
			for p.at == p.start || p.at < len(p.text) && p.at-p.start < 2 && p.text[p.at] == '=' {
				if p.at > p.start && strings.IndexByte("=!<>~", p.text[p.start]) < 0 {
					break
				}
				p.at++
			}
		case !unicode.IsSpace(rune(c)):
			p.at++
			continue
		}
		break
	}
	p.token = p.text[p.start:p.at]
}

func (p *parser) or(depth int) condition {
	left := p.and(depth)
	for p.token == "or" || p.token == "||" {
		p.next()
		a, b := left, p.and(depth)
		left = func(c *report.Connection) bool { return a(c) || b(c) }
	}
	return left
}

func (p *parser) and(depth int) condition {
	left := p.unary(depth)
	for p.token == "and" || p.token == "&&" {
		p.next()
		a, b := left, p.unary(depth)
		left = func(c *report.Connection) bool { return a(c) && b(c) }
	}
	return left
}

func (p *parser) unary(depth int) condition {
	switch {
	case depth > maxDepth:
		return p.fail("too many levels")
	case p.token == "not" || p.token == "!":
		p.next()
		a := p.unary(depth + 1)
		return func(c *report.Connection) bool { return !a(c) }
	case p.token == "(":
		p.next()
		a := p.or(depth + 1)
		if p.token != ")" {
			return p.fail("missing )")
		}
		p.next()
		return a
	}
	return p.condition()
}

// condition reads "port N", "host ADDR", "FIELD OP VALUE" or "FIELD".
func (p *parser) condition() condition {
	name := p.token
	switch name {
	case "":
		return p.fail("a condition is missing")
	case "port":
		p.next()
		return p.port()
	case "host":
		p.next()
		return p.host()
	}
	f, near := Find(name)
	if f == nil {
		what := "no field of that name"
		if len(near) > 0 {
			what += " (there is " + strings.Join(near[:min(len(near), 4)], ", ") + ")"
		}
		return p.fail(what)
	}
	p.next()
	op := p.token
	switch op {
	case "==", "=", "!=", "<", "<=", ">", ">=", "~":
		p.next()
		return p.compare(f, op)
	}
	if f.Number != nil {
		return func(c *report.Connection) bool { return f.Number(c) != 0 }
	}
	return func(c *report.Connection) bool { return strings.Join(f.Words(c), "") != "" }
}

func (p *parser) port() condition {
	n, err := strconv.ParseUint(p.token, 10, 16)
	if err != nil {
		return p.fail("port takes a number from 0 to 65535")
	}
	p.next()
	return func(c *report.Connection) bool { return c.Client.Port == uint16(n) || c.Server.Port == uint16(n) }
}

// host reads an address or a prefix.
func (p *parser) host() condition {
	prefix, err := netip.ParsePrefix(p.token)
	if err != nil {
		addr, err := netip.ParseAddr(p.token)
		if err != nil {
			return p.fail("host takes an address or a prefix such as 10.0.0.0/8")
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	p.next()
	in := func(s string) bool {
		a, err := netip.ParseAddr(s)
		return err == nil && prefix.Contains(a)
	}
	return func(c *report.Connection) bool { return in(c.Client.Addr) || in(c.Server.Addr) }
}

func (p *parser) compare(f *Field, op string) condition {
	value := strings.Trim(p.token, `"'`)
	if p.token == "" {
		return p.fail("a value is missing")
	}
	if f.Words != nil {
		return p.compareWords(f, op, value)
	}
	want, err := parseNumber(value)
	if err != nil {
		return p.fail(f.Name + " takes a number such as 3, 10k or 50ms")
	}
	test := map[string]func(a float64) bool{
		"==": func(a float64) bool { return a == want }, "=": func(a float64) bool { return a == want },
		"!=": func(a float64) bool { return a != want }, "<": func(a float64) bool { return a < want },
		"<=": func(a float64) bool { return a <= want }, ">": func(a float64) bool { return a > want },
		">=": func(a float64) bool { return a >= want },
	}[op]
	if test == nil {
		return p.fail("~ is for words; numbers compare with == != < <= > >=")
	}
	p.next()
	return func(c *report.Connection) bool { return test(f.Number(c)) }
}

func (p *parser) compareWords(f *Field, op, value string) condition {
	var test func(string) bool
	switch op {
	case "==", "=", "!=":
		test = func(s string) bool { return strings.EqualFold(s, value) }
	case "~":
		test = func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(value)) }
	default:
		return p.fail(f.Name + " is a word: it compares with ==, != or ~")
	}
	p.next()
	some := func(c *report.Connection) bool {
		for _, w := range f.Words(c) {
			if test(w) {
				return true
			}
		}
		return false
	}
	if op == "!=" {
		return func(c *report.Connection) bool { return !some(c) }
	}
	return some
}

// parseNumber reads a number with an optional unit; durations become nanoseconds.
func parseNumber(s string) (float64, error) {
	i := len(s)
	for i > 0 && (s[i-1] < '0' || s[i-1] > '9') && s[i-1] != '.' {
		i--
	}
	n, err := strconv.ParseFloat(s[:i], 64)
	if err != nil {
		return 0, err
	}
	scale, ok := map[string]float64{"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9,
		"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "min": 60e9, "h": 3600e9}[s[i:]]
	if !ok {
		return 0, fmt.Errorf("no unit %q", s[i:])
	}
	return n * scale, nil
}
