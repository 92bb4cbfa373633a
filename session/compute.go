package session

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// answers are the services that a server can give: each computes the reply to the last message.
var answers = map[string]func(request string) string{
	"ceil":  ceil,
	"echo":  func(request string) string { return request + "\n" },
	"ctime": func(string) string { return time.Now().Format(time.ANSIC) + "\r\n" },
}

// ceil is the service of the third handout: the next integer that is not below a real number.
func ceil(request string) string {
	x, err := strconv.ParseFloat(strings.TrimSpace(request), 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return "error: not a real number\n"
	}
	return strconv.FormatFloat(math.Ceil(x)+0, 'f', -1, 64) + "\n"
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
	var v any
	if err := json.Unmarshal([]byte(m.last), &v); err != nil {
		return fmt.Errorf("%d bytes are not one JSON value: %w", len(m.last), err)
	}
	return nil
}
