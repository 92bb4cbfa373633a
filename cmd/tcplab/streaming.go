package main

import (
	"io"

	"tcplab/analyze/render"
	"tcplab/analyze/report"
)

// streaming writes a report while its capture is still being read.
type streaming struct {
	format    render.Format
	open      func() render.Stream
	stream    render.Stream // nil until the first connection comes
	selection *selection
	chosen    *choice
	order     inOrder
	remarks   *remarks // with --annotate
}

// streaming returns what writes connection by connection; false when the whole report is needed first: --fail-on judges it,
// and some formats, captures and pictures are made of all at once.
func (r *reading) streaming(a *app, w io.Writer) (*streaming, bool) {
	format, _ := render.ByName(r.output.format)
	if format.Stream == nil || r.output.derived.needsBytes() || r.output.pictures.wanted() || r.output.conn >= 0 || len(r.output.failOn) > 0 {
		return nil, false
	}
	s := &streaming{format: format, remarks: new(remarks)}
	if r.output.derived.annotate == "" {
		s.remarks = nil
	} else if format.Name != render.Text.Name || !r.selection.all() {
		return nil, false // the other formats show the segments that the remarks are made of
	}
	s.open = func() render.Stream { return format.Stream(w, r.output.rendering(&a.env)) }
	return s, true
}

// fewConnections are judged each by all the others. Of more, each is judged by those before it, which can tell less, and
// written as soon as it is final.
const fewConnections = 10_000

// few is how many connections there must be at least. One line for each as soon as it is known is what ndjson is for.
func (s *streaming) few() int {
	if s.format.Name == render.NDJSON.Name {
		return 0
	}
	return fewConnections
}

// connection writes a connection in its turn.
func (s *streaming) connection(c *report.Connection) error {
	if s.stream == nil {
		s.stream = s.open()
		s.chosen = s.selection.choose(s.stream.Connection)
		s.order = inOrder{write: s.stream.Connection}
		s.order.records, _ = s.stream.(render.Records)
	}
	if s.remarks != nil {
		if err := s.remarks.take(c); err != nil {
			return err
		}
		bare := *c
		bare.Segments = nil // the report has lines for connections alone
		c = &bare
	}
	if !s.chosen.picks(c) {
		return s.order.skip(c.ID)
	}
	return s.order.connection(c)
}

// begun reports whether there was a connection to write.
func (s *streaming) begun() bool { return s.stream != nil }

// finish writes what stands at the end.
func (s *streaming) finish(r *report.Report) error {
	if err := s.order.close(); err != nil {
		return err
	}
	if err := s.chosen.finish(r); err != nil {
		return err
	}
	return s.stream.Finish(r)
}
