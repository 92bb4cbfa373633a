package check

import "tcplab/analyze/report"

// Stream judges connections one after the other as they become known, and holds none of them: of a capture too large for
// memory. Of each it keeps its number and its findings, for what is asserted of the whole.
type Stream struct {
	file    string
	list    []Assertion
	results [][]Result // by assertion
	known   []report.Connection
}

// NewStream prepares for assertions that Validate has accepted.
func NewStream(file string, list []Assertion) *Stream {
	return &Stream{file: file, list: list, results: make([][]Result, len(list))}
}

// Connection judges c, which must hold segments and a transcript.
func (s *Stream) Connection(c *report.Connection) error {
	one := &report.Report{Connections: []report.Connection{*c}}
	for i, a := range s.list {
		if fact, _ := Lookup(a.Fact); fact.whole == nil && (a.Conn == Every || uint32(a.Conn) == c.ID) {
			s.results[i] = append(s.results[i], Judge(s.file, one, s.list[i:i+1])...)
		}
	}
	kept := report.Connection{ID: c.ID, Findings: c.Findings}
	s.known = append(s.known, kept.Clone())
	return nil
}

// Finish returns the results, with those of the whole report r.
func (s *Stream) Finish(r *report.Report) (list []Result) {
	whole := *r
	whole.Connections = s.known
	for i := range s.list {
		if s.results[i] == nil { // about the whole, or about what is not there
			s.results[i] = Judge(s.file, &whole, s.list[i:i+1])
		}
		list = append(list, s.results[i]...)
	}
	return list
}
