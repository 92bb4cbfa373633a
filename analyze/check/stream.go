package check

import (
	"fmt"

	"tcplab/analyze/report"
)

// Stream judges connections one after the other as they become known, and holds none of them: of a capture too large for
// memory. What is asserted of all of them together needs their number and what was found.
type Stream struct {
	points []*point
	whole  whole
	told   bool // something is asserted of all together
}

// point is one thing that is expected: an assertion, or one of those that were made with several values.
type point struct {
	fact    Fact
	conn    int
	want    []string
	blank   Result   // without what was seen
	results []Result // of each connection that it is about
}

// whole is what all connections are together.
type whole struct {
	*report.Report // without its connections
	count          uint64
	found          []verdict // on connections, in their order
}

// verdict is what is asserted of a finding.
type verdict struct {
	cause, level, severity, client, server string
	frames                                 []uint32
}

// NewStream prepares for assertions that Validate has accepted.
func NewStream(file string, list []Assertion) *Stream {
	s := &Stream{}
	for _, a := range list {
		fact, _ := Lookup(a.Fact)
		s.told = s.told || fact.whole != nil
		for _, want := range fact.wants(a.Values) {
			s.points = append(s.points, &point{fact: fact, conn: a.Conn, want: want, blank: blank(file, a, want)})
		}
	}
	return s
}

// Connection judges c, which must hold segments and a transcript.
func (s *Stream) Connection(c *report.Connection) error {
	id := c.ID
	for _, p := range s.points {
		if p.fact.whole == nil && (p.conn == Every || uint32(p.conn) == id) {
			one := p.blank
			one.Conn = &id
			p.results = append(p.results, one.with(p.fact.see(c, p.want)))
		}
	}
	if s.whole.count++; s.told {
		s.whole.take(c.Findings)
	}
	return nil
}

// Finish returns the results, with those of the whole report r.
func (s *Stream) Finish(r *report.Report) (list []Result) {
	s.whole.Report = r
	for _, p := range s.points {
		switch {
		case p.fact.whole != nil:
			list = append(list, p.blank.with(p.fact.whole(&s.whole, p.want)))
		case p.results != nil:
			list, p.results = append(list, p.results...), nil
		case p.conn == Every:
			list = append(list, p.blank.with(sight{seen: "no connection in the capture"}))
		default:
			list = append(list, p.blank.with(sight{seen: fmt.Sprintf("no connection %d", p.conn)}))
		}
	}
	return list
}

// wholeOf takes a report that has all its connections.
func wholeOf(r *report.Report) *whole {
	w := &whole{Report: r, count: uint64(len(r.Connections))}
	for i := range r.Connections {
		w.take(r.Connections[i].Findings)
	}
	return w
}

// take notes findings.
func (w *whole) take(list []report.Finding) {
	for i := range list {
		w.found = append(w.found, told(&list[i]))
	}
}

func told(f *report.Finding) verdict {
	return verdict{f.Cause, f.Level, f.Severity, f.ClientSees, f.ServerSees, append([]uint32{}, f.Frames...)}
}
