package render

import (
	"bufio"
	"bytes"
	"io"

	"tcplab/analyze/report"
)

// object writes the one object of JSON while its connections still come: they stand behind the schema, and what is known
// only at the end after them.
type object struct {
	out  *bufio.Writer
	in   indenter
	each encoder
	buf  []byte
	next bool // a connection was written
}

// connectionsKey is how the list begins in compact JSON.
const connectionsKey = `"connections":[`

// schemaFirst is how compact JSON of a report begins.
const schemaFirst = `{"schema":"` + report.Schema + `",`

func newObject(w io.Writer, o Options) Stream {
	out := bufio.NewWriterSize(w, 1<<16)
	s := &object{out: out, in: indenter{out: out}, each: encoder{o: o}}
	s.in.write([]byte(schemaFirst + connectionsKey))
	return s
}

func (s *object) Connection(c *report.Connection) error {
	if o := &s.each.o; o.Conn >= 0 && int64(c.ID) != int64(o.Conn) {
		return nil
	}
	s.buf = s.Record(s.buf[:0], c)
	return s.WriteRecord(s.buf)
}

// Record makes compact JSON.
func (s *object) Record(b []byte, c *report.Connection) []byte { return s.each.connection(b, c) }

// WriteRecord writes it indented.
func (s *object) WriteRecord(record []byte) error {
	if s.next {
		s.in.write([]byte{','})
	}
	s.next = true
	return s.in.write(record)
}

// Finish writes the report without its connections.
func (s *object) Finish(r *report.Report) error {
	all := rest(r)
	all.Schema = report.Schema
	last, err := marshal(all)
	if err != nil {
		return err
	}
	last = bytes.Replace(last, []byte(connectionsKey+"],"), nil, 1)
	s.in.write([]byte("],"))
	s.in.write(bytes.TrimPrefix(last, []byte(schemaFirst)))
	s.out.WriteByte('\n')
	return s.out.Flush()
}
