package render

import (
	"cmp"
	"io"
	"slices"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// textStream writes a text report in bounded memory. A capture of few connections is held back and written as Write would;
// of more, the table begins with columns that fit the first ones, and what is known only at the end stands below it.
type textStream struct {
	w     io.Writer
	o     Options
	held  []report.Connection
	page  *page
	table *connectionTable // nil until the table has begun
	tally tally
	count uint64
	rest  *digest // of findings alone, when there are many connections
}

func newTextStream(w io.Writer, o Options) Stream {
	if len(o.Find) > 0 {
		return newHitStream(w, o)
	}
	return &textStream{w: w, o: o, page: newPage(w, &report.Report{}, o)}
}

func (s *textStream) Connection(c *report.Connection) error {
	if s.rest != nil {
		s.rest.take(c)
		return nil
	}
	if s.table == nil {
		s.held = append(s.held, c.Clone())
		if len(s.held) < texttab.Many || s.o.WorstFirst || s.o.Conn >= 0 {
			return nil
		}
		if s.o.FindingsOnly {
			s.rest = newDigest()
			for i := range s.held {
				s.rest.take(&s.held[i])
			}
			s.held = nil
			return nil
		}
		s.begin()
		return s.page.Err()
	}
	s.row(c)
	return s.page.Err()
}

// begin writes what was held back and makes room.
func (s *textStream) begin() {
	conns := connections(&report.Report{Connections: s.held})
	s.table = newConnectionTable(s.page.Printer, conns, s.held[0].Start)
	s.table.Begin(s.table.Table)
	for _, c := range conns {
		s.row(c)
	}
	s.held = nil
}

func (s *textStream) row(c *report.Connection) {
	s.count++
	s.tally.add(c)
	s.table.Row(s.table.Table, s.table.row(c))
}

func (s *textStream) Finish(r *report.Report) error {
	if s.rest != nil {
		whole := *r
		whole.Connections = s.rest.kept
		s.page.r, s.page.rest = &whole, s.rest
		s.page.diagnosis()
		return s.page.Flush()
	}
	if s.table == nil {
		whole := *r
		if r.Selection == nil || r.Selection.By == "" { // else they came in the order asked for
			slices.SortStableFunc(s.held, func(a, b report.Connection) int { return cmp.Compare(a.ID, b.ID) })
		}
		whole.Connections = s.held
		return writeText(s.w, &whole, s.o)
	}
	s.page.Line(texttab.Styled("in the order they ended", texttab.Dim))
	s.page.Blank()
	s.page.r = r
	s.page.inputLine(s.count)
	s.page.notTCP()
	s.page.warnings()
	s.page.causes(&s.tally)
	return s.page.Flush()
}
