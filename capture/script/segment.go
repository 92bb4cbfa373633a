package script

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"tcplab/capture"
)

// segment is a TCP segment before it is bytes.
type segment struct {
	flags    uint16
	seq, ack uint32
	window   uint16
	options  []byte
	payload  []byte
	ttl, tos uint8
	id       uint16
	idSet    bool
	df       bool
	badsum   bool
	mac      [6]byte
}

// Flag bits of the TCP header (RFC 9293, 3.1).
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
)

const flagLetters = "FSRP.UEWe"

func parseFlags(word string) (uint16, error) {
	if word == "none" {
		return 0, nil
	}
	var f uint16
	for _, c := range word {
		i := strings.IndexRune(flagLetters, c)
		if i < 0 {
			return 0, fmt.Errorf("%q is no flag: they are %s, or none", c, flagLetters)
		}
		f |= 1 << i
	}
	return f, nil
}

var rangeForm = regexp.MustCompile(`^(\d+):(\d+)\((\d+)\)$`)

// parseRange reads first:next(length).
func parseRange(word string) (first, length uint32, err error) {
	m := rangeForm.FindStringSubmatch(word)
	if m == nil {
		return 0, 0, fmt.Errorf("after the flags comes first:next(length), not %q", word)
	}
	var n [3]uint64
	for i := range n {
		if n[i], err = strconv.ParseUint(m[i+1], 10, 32); err != nil {
			return 0, 0, fmt.Errorf("%s is not a sequence number", m[i+1])
		}
	}
	if n[2] > 65495 {
		return 0, 0, fmt.Errorf("no packet carries %d bytes", n[2])
	}
	if uint32(n[0]+n[2]) != uint32(n[1]) {
		return 0, 0, fmt.Errorf("%d and %d bytes do not end at %d", n[0], n[2], n[1])
	}
	return uint32(n[0]), uint32(n[2]), nil
}

// segment reads the rest of a segment's line and adds its frame.
func (p *parser) segment(at capture.Stamp, from, to *box, w *cursor) error {
	if from.addr.Is4() != to.addr.Is4() {
		return fmt.Errorf("%s and %s have addresses of different families", from.name, to.name)
	}
	s := segment{ttl: from.ttl, mac: from.mac, df: true}
	flags, err := parseFlags(w.next())
	if err != nil {
		return err
	}
	first, length, err := parseRange(w.next())
	if err != nil {
		return err
	}
	s.flags, s.seq = flags, first
	s.payload = []byte(strings.Repeat("x", int(length)))
	raw := false
	for !w.done() {
		switch w.peek() {
		case "raw":
			raw = true
			w.next()
		case "isn":
			w.next()
			n, err := w.number(32)
			if err != nil {
				return err
			}
			p.isn[pair{from.name, to.name}] = uint32(n)
		default:
			if err := s.attribute(w); err != nil {
				return err
			}
		}
	}
	if !raw {
		p.absolute(&s, from, to)
	}
	if !s.idSet {
		s.id = p.nextID(&s, from, to)
	}
	return p.add(at, tcpFrame(&s, from, to))
}

// absolute turns relative numbers into raw ones. The first SYN of a direction sets its ISN; a box that has sent none, to a
// peer that has not acknowledged any, speaks in raw numbers.
func (p *parser) absolute(s *segment, from, to *box) {
	dir, back := pair{from.name, to.name}, pair{to.name, from.name}
	if _, known := p.isn[dir]; !known && s.flags&syn != 0 {
		p.isn[dir] = from.isn
	}
	s.seq += p.isn[dir]
	if s.flags&ack != 0 {
		s.ack += p.isn[back]
	}
	shiftSACK(s.options, p.isn[back])
}

// nextID: Linux gives 0 to what no socket sends, and counts in each connection.
func (p *parser) nextID(s *segment, from, to *box) uint16 {
	if s.flags&(syn|ack) == syn|ack || s.flags&(rst|ack) == rst || s.flags&rst != 0 && s.window == 0 {
		return 0
	}
	dir := pair{from.name, to.name}
	p.next[dir]++
	return p.next[dir]
}

func (s *segment) attribute(w *cursor) (err error) {
	var n uint64
	switch key := w.next(); {
	case key == "ack":
		n, err = w.number(32)
		s.ack = uint32(n)
	case key == "win":
		n, err = w.number(16)
		s.window = uint16(n)
	case key == "ttl":
		n, err = w.number(8)
		s.ttl = uint8(n)
	case key == "tos":
		n, err = w.number(8)
		s.tos = uint8(n)
	case key == "id":
		n, err = w.number(16)
		s.id, s.idSet = uint16(n), true
	case key == "df", key == "nodf":
		s.df = key == "df"
	case key == "badsum":
		s.badsum = true
	case key == "mac":
		err = parseMAC(w.next(), &s.mac)
	case key[0] == '<':
		s.options, err = parseOptions(key[1 : len(key)-1])
	case key[0] == '"':
		err = s.text(key)
	default:
		err = fmt.Errorf("a segment has no %q", key)
	}
	return err
}

// text puts a quoted text at the beginning of the payload.
func (s *segment) text(quoted string) error {
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return fmt.Errorf("%s is not a quoted text", quoted)
	}
	if len(text) > len(s.payload) {
		return fmt.Errorf("the text has %d bytes, the segment %d", len(text), len(s.payload))
	}
	copy(s.payload, text)
	return nil
}
