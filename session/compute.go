package session

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// answers are the services that a server can give: each computes the reply to the last message.
var answers = map[string]func(request string) string{
	"ceil":        ceil,
	"next":        next,
	"echo":        func(request string) string { return request + "\n" },
	"ceil-binary": ceilBinary,
	"ctime":       func(string) string { return time.Now().Format(time.ANSIC) + "\r\n" },
}

// ceil is the service of the third handout: the next integer that is not below a real number.
func ceil(request string) string {
	x, err := strconv.ParseFloat(strings.TrimSpace(request), 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return "error: not a real number\n"
	}
	return strconv.FormatFloat(math.Ceil(x)+0, 'f', -1, 64) + "\n"
}

// next is the other reading of the handout: the next integer that is above the number.
func next(request string) string {
	x, err := strconv.ParseFloat(strings.TrimSpace(request), 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return "error: not a real number\n"
	}
	return strconv.FormatFloat(math.Floor(x)+1, 'f', -1, 64) + "\n"
}

// ceilBinary takes and gives the eight bytes of a double in the order of this machine.
func ceilBinary(request string) string {
	if len(request) != 8 {
		return "error: not eight bytes\n"
	}
	x := math.Float64frombits(binary.NativeEndian.Uint64([]byte(request)))
	return string(binary.NativeEndian.AppendUint64(nil, math.Float64bits(math.Ceil(x))))
}

// answer sends what the service makes of the last message.
func (m *machine) answer(s Step) error {
	service, ok := answers[s.Option]
	if !ok {
		return fmt.Errorf("no service %q", s.Option)
	}
	_, err := m.caller.Send(m.fd(s.Sock), []byte(service(m.last)), s.Value)
	return err
}

// parse checks that the last message is one JSON value and nothing else.
func (m *machine) parse() error {
	if !utf8.ValidString(m.last) {
		return fmt.Errorf("%d bytes are not text in UTF-8, as JSON must be", len(m.last)) // RFC 8259, 8.1
	}
	var v any
	if err := json.Unmarshal([]byte(m.last), &v); err != nil {
		return fmt.Errorf("%d bytes are not one JSON value: %w", len(m.last), err)
	}
	return nil
}
