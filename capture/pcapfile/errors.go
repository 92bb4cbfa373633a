package pcapfile

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// FormatError says that an input is a capture, but damaged: which record cannot be true, and why. The frames before it
// are valid.
type FormatError struct {
	Place
	Unit string // "record", "block" or "file header": what is damaged
	What string
}

func (e *FormatError) Error() string {
	return e.at(e.Unit+" ") + ": " + e.What
}

// TruncatedError says that an input ended inside a record: the capture is cut, or still being written. The frames before
// it are valid. It wraps io.ErrUnexpectedEOF.
type TruncatedError struct {
	Place
	Unit string // "record", "block" or "file header": what is cut
	Have int64  // bytes of the unit that are there
	Need int64  // bytes it has; of its header alone when not even that is there
}

func (e *TruncatedError) Error() string {
	return e.at("cut inside the "+e.Unit+" ") + fmt.Sprintf(": %d of its %d bytes are missing", e.Need-e.Have, e.Need)
}

func (e *TruncatedError) Unwrap() error { return io.ErrUnexpectedEOF }

// ForeignError says that an input is no pcap or pcapng capture, what it seems to be instead, and what to do.
type ForeignError struct {
	Name    string
	Kind    string // "a snoop capture", "an ELF program" …
	Convert string // the command that makes it readable, "" when there is none
}

func (e *ForeignError) Error() string {
	text := fmt.Sprintf("%s: this is %s, not a pcap or pcapng capture", printable(e.Name), e.Kind)
	if e.Convert != "" {
		text += "; convert it: " + e.Convert
	}
	return text
}

// Place is where in which input something is.
type Place struct {
	Name    string // of the input, "-" for standard input
	Packing string // how the input is packed: "", "gzip" or "zstd"
	Offset  int64  // in the unpacked input
	Frame   uint32 // the last frame before it, 0 when there was none
}

// at begins every message here.
func (p *Place) at(what string) string {
	text := fmt.Sprintf("%s: %sat offset %d", printable(p.Name), what, p.Offset)
	if p.Packing != "" {
		text += " of the unpacked data"
	}
	if p.Frame > 0 {
		text += fmt.Sprintf(" (after frame %d)", p.Frame)
	}
	return text
}

// printable returns a name as a message may show it: control characters, which a terminal would obey, are quoted.
func printable(name string) string {
	switch {
	case name == "-":
		return "standard input"
	case strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }):
		return strconv.Quote(name)
	}
	return name
}

// place is where the unconsumed bytes begin.
func (r *Reader) place() Place {
	return Place{Name: r.stats.Path, Packing: r.stats.Compression, Offset: r.in.offset(), Frame: r.number}
}

// damaged is the error for the unit that the unconsumed bytes begin with.
func (r *Reader) damaged(unit, what string) error {
	return &FormatError{Place: r.place(), Unit: unit, What: what}
}

// ended says what it means that err came before the need bytes of the next unit were there.
func (r *Reader) ended(err error, need int, unit string) error {
	have := r.in.end - r.in.pos
	switch {
	case err == io.EOF && have == 0:
		r.stats.Truncated = false
		return io.EOF
	case cut(err):
		r.stats.Truncated = true
		return &TruncatedError{Place: r.place(), Unit: unit, Have: int64(have), Need: int64(need)}
	}
	here := r.place()
	return fmt.Errorf("%s: %w", here.at("cannot read on "), err)
}

// unit names what the capture's format consists of.
func (r *Reader) unit() string {
	if r.format == "pcap" {
		return "record"
	}
	return "block"
}

// cut reports whether err says that an input ended, early or not.
func cut(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
