// Package quiz makes an exercise of a connection: a table of its segments with fields left blank, and the key. The same
// connection gives the same quiz.
package quiz

import (
	"fmt"
	"strings"

	"tcplab/analyze/report"
)

// Blank is a field that the reader fills in.
type Blank struct {
	ID     int    `json:"id"` // as it stands in the table: [3]
	Frame  uint32 `json:"frame"`
	Field  string `json:"field"`
	Answer string `json:"answer"`
	Why    string `json:"why"`
}

// Quiz is a table with blanks.
type Quiz struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Blanks  []Blank    `json:"blanks"`
}

// longest bounds the table: an exercise is done by hand.
const longest = 24

// Of makes a quiz of the first segments of a connection, which must hold them. Only what follows from the other rows is
// left blank: flags, the number and acknowledgement after the handshake began, and the state of an end.
func Of(c *report.Connection) Quiz {
	q := Quiz{Columns: []string{"frame", "from", "flags", "seq", "ack", "len", "client", "server"}, Rows: [][]string{}, Blanks: []Blank{}}
	for i := range c.Segments[:min(longest, len(c.Segments))] {
		s := &c.Segments[i]
		row := []string{fmt.Sprint(s.Frame), map[string]string{"c2s": "client", "s2c": "server"}[s.Dir], flags(s.Flags),
			fmt.Sprint(s.Seq), ack(s), fmt.Sprint(s.Len), s.State.Client, s.State.Server}
		if column := blankColumn(i, s); column > 0 {
			q.Blanks = append(q.Blanks, Blank{len(q.Blanks) + 1, s.Frame, q.Columns[column], row[column], s.Note})
			row[column] = fmt.Sprintf("[%d]", len(q.Blanks))
		}
		q.Rows = append(q.Rows, row)
	}
	return q
}

// blankColumn chooses the field that is left blank in row i. The columns take turns; the first row stays whole, because
// nothing before it tells what it must hold.
func blankColumn(i int, s *report.Segment) int {
	if i == 0 {
		return 0
	}
	turns := []int{2, 4, 3, 6, 4, 7}
	column := turns[i%len(turns)]
	if column == 4 && ack(s) == "" {
		return 3
	}
	return column
}

func ack(s *report.Segment) string {
	if !strings.Contains(s.Flags, ".") {
		return ""
	}
	return fmt.Sprint(s.Ack)
}

// flags writes tcpdump's letters as names.
func flags(letters string) string {
	var names []string
	for _, f := range []struct{ letter, name string }{{"S", "SYN"}, {"F", "FIN"}, {"R", "RST"}, {"P", "PSH"}, {".", "ACK"}, {"U", "URG"}} {
		if strings.Contains(letters, f.letter) {
			names = append(names, f.name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ",")
}
