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
	Name   string // of the input, "-" for standard input
	Unit   string // "record", "block" or "file header"
	Offset int64  // where the unit begins, in the unpacked input
	Frame  uint32 // the last frame before it, 0 when there was none
	What   string
}

func (e *FormatError) Error() string {
	return place(e.Name, e.Unit+" at offset %d", e.Offset, e.Frame) + ": " + e.What
}

// TruncatedError says that an input ended inside a record: the capture is cut, or still being written. The frames before
// it are valid. It wraps io.ErrUnexpectedEOF.
type TruncatedError struct {
	Name   string
	Unit   string
	Offset int64  // where the cut unit begins, in the unpacked input
	Frame  uint32 // the last complete frame, 0 when there was none
	Have   int64  // bytes of the unit that are there
	Need   int64  // bytes it has; of its header alone when not even that is there
}

func (e *TruncatedError) Error() string {
	if e.Need <= e.Have {
		return place(e.Name, "cut at offset %d", e.Offset, e.Frame)
	}
	return place(e.Name, "cut inside the "+e.Unit+" at offset %d", e.Offset, e.Frame) +
		fmt.Sprintf(": %d of its %d bytes are missing", e.Need-e.Have, e.Need)
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

// place says where in which input something is, as every error here begins.
func place(name, where string, offset int64, frame uint32) string {
	after := ""
	if frame > 0 {
		after = fmt.Sprintf(" (after frame %d)", frame)
	}
	return printable(name) + ": " + fmt.Sprintf(where, offset) + after
}

// printable quotes a name that holds control characters, which a terminal would obey.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// damaged is the error for the unit that the unconsumed bytes begin with.
func (r *Reader) damaged(unit, what string) error {
	return &FormatError{Name: r.stats.Path, Unit: unit, Offset: r.in.offset(), Frame: r.number, What: what}
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
		return &TruncatedError{
			Name: r.stats.Path, Unit: unit, Offset: r.in.offset(), Frame: r.number, Have: int64(have), Need: int64(need),
		}
	}
	return fmt.Errorf("%s: %w", place(r.stats.Path, "cannot read on at offset %d", r.in.offset(), r.number), err)
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
