package cable

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// parser takes the words of one line from left to right. The first problem stays; what follows it is of no use.
type parser struct {
	words []string
	at    int
	what  string
}

func (p *parser) fail(format string, args ...any) {
	if p.what == "" {
		p.what = fmt.Sprintf(format, args...)
	}
}

// problem is what is wrong with the line, "" for nothing.
func (p *parser) problem() string {
	if p.what == "" && p.at < len(p.words) {
		p.fail("%q is not understood here", p.words[p.at])
	}
	return p.what
}

// peek returns the next word, "" at the end.
func (p *parser) peek() string {
	if p.at < len(p.words) {
		return p.words[p.at]
	}
	return ""
}

func (p *parser) next() string {
	w := p.peek()
	if w == "" {
		p.fail("the line ends too early")
	}
	p.at++
	return w
}

// accept takes the next word if it is word.
func (p *parser) accept(word string) bool {
	if p.peek() != word {
		return false
	}
	p.at++
	return true
}

func (p *parser) number() int64 {
	w := p.next()
	n, err := strconv.ParseInt(w, 0, 64)
	if err != nil {
		p.fail("%q is not a number", w)
	}
	return n
}

// value takes a number, or an IPv4 address as the number that it is.
func (p *parser) value() int64 {
	if addr, err := netip.ParseAddr(p.peek()); err == nil && addr.Is4() {
		p.at++
		b := addr.As4()
		return int64(binary.BigEndian.Uint32(b[:]))
	}
	return p.number()
}

// positive takes a number that counts something.
func (p *parser) positive() int {
	n := p.number()
	if n < 1 || n > 1<<30 {
		p.fail("%d does not count anything", n)
	}
	return int(n)
}

func (p *parser) duration() time.Duration {
	w := p.next()
	d, err := time.ParseDuration(w)
	if err != nil || d < 0 {
		p.fail("%q is not a time like 20ms", w)
	}
	return d
}

// optionalDuration takes a time if one comes next, else it returns 0.
func (p *parser) optionalDuration() time.Duration {
	d, err := time.ParseDuration(p.peek())
	if err != nil || d < 0 {
		return 0
	}
	p.at++
	return d
}

// numberFollows reports whether the word after the next one is a number.
func (p *parser) numberFollows() bool {
	if p.at+1 >= len(p.words) {
		return false
	}
	_, err := strconv.ParseInt(p.words[p.at+1], 0, 64)
	return err == nil
}
