package calls

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
)

// line is the stored form of a call: its fields, and the name of its error number, since the numbers are Linux's.
type line struct {
	Call
	Error string `json:"error,omitempty"`
}

// Write writes calls as JSON Lines, one call a line.
func Write(w io.Writer, list []Call) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false) // the arguments are full of <, > and &
	for _, c := range list {
		if err := enc.Encode(line{Call: c, Error: ErrnoName(c.Errno)}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// longestLine bounds a line: the data of the largest call there is, in base64, with room for the rest.
const longestLine = 64 << 20

// Read reads what Write wrote. After an error the calls before it are returned with it.
func Read(r io.Reader) ([]Call, error) {
	var list []Call
	in := bufio.NewScanner(r)
	in.Buffer(nil, longestLine)
	for n := 1; in.Scan(); n++ {
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		c, err := parse(in.Bytes())
		if err != nil {
			return list, fmt.Errorf("line %d: %w", n, err)
		}
		list = append(list, c)
	}
	if err := in.Err(); err != nil {
		return list, fmt.Errorf("after call %d: %w", len(list), err)
	}
	return list, nil
}

// parse reads one line. An error may be given by its name alone, as a person would write it.
func parse(text []byte) (Call, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return Call{}, err
	}
	switch {
	case l.Number == 0 || l.Actor == "" || l.Op == "":
		return Call{}, errors.New("a call needs a number, an actor and an op")
	case l.Error != "" && l.Errno == 0:
		errno, ok := errnoOf(l.Error)
		if !ok {
			return Call{}, fmt.Errorf("no error is called %q", l.Error)
		}
		l.Errno = errno
	case l.Error != ErrnoName(l.Errno) && l.Error != "":
		return Call{}, fmt.Errorf("error %d is %s, not %q", l.Errno, ErrnoName(l.Errno), l.Error)
	}
	return l.Call, nil
}

// errnoOf returns the number of the error called name.
func errnoOf(name string) (syscall.Errno, bool) {
	const highest = 4095 // what the kernel can return at all
	for e := syscall.Errno(1); e <= highest; e++ {
		if ErrnoName(e) == name {
			return e, true
		}
	}
	return 0, false
}
