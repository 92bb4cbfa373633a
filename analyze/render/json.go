package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"tcplab/analyze/report"
)

// JSON is the report contract: one object, keys in the order of the contract.
var JSON = Format{Name: "json", Doc: "for programs: one object (see tcplab schema)", Write: writeJSON, Stream: newObject}

// NDJSON is the report contract in lines: a connection each, then one line with everything else.
var NDJSON = Format{
	Name:   "ndjson",
	Doc:    "for programs: a connection a line, the rest of the report in a last line",
	Write:  writeNDJSON,
	Stream: newLines,
}

// writeJSON writes connection by connection, so that a report of a million needs no second copy in memory.
func writeJSON(w io.Writer, r *report.Report, o Options) error {
	whole, err := marshal(rest(r))
	if err != nil {
		return err
	}
	// The report without connections holds "connections":[] in their place.
	at := bytes.Index(whole, []byte(connectionsKey)) + len(connectionsKey)
	out := bufio.NewWriterSize(w, 1<<16)
	in := &indenter{out: out}
	in.write(whole[:at])
	var buf []byte
	each := encoder{o: o}
	first := true
	for i := range r.Connections {
		if o.Conn >= 0 && int64(r.Connections[i].ID) != int64(o.Conn) {
			continue
		}
		if !first {
			in.write([]byte{','})
		}
		first = false
		buf = each.connection(buf[:0], &r.Connections[i])
		in.write(buf)
	}
	in.write(whole[at:])
	out.WriteByte('\n')
	return out.Flush()
}

// rest is the report with no connections, and with lists where the contract has lists.
func rest(r *report.Report) *report.Report {
	c := *r
	c.Connections = []report.Connection{}
	if c.Input.LinkTypes == nil {
		c.Input.LinkTypes = []string{}
	}
	if c.Warnings == nil {
		c.Warnings = []string{}
	}
	c.Findings = make([]report.Finding, len(r.Findings))
	for i, f := range r.Findings {
		c.Findings[i] = lists(f)
	}
	return &c
}

// lists returns a finding whose absent lists are empty ones.
func lists(f report.Finding) report.Finding {
	if f.Frames == nil {
		f.Frames = []uint32{}
	}
	if f.Calls == nil {
		f.Calls = []uint32{}
	}
	if f.Evidence == nil {
		f.Evidence = []string{}
	}
	if f.Excluded == nil {
		f.Excluded = []report.Exclusion{}
	}
	return f
}

// marshal is json.Marshal without the escapes for HTML, which JSON does not need, and with those for terminals.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return Unsteered(bytes.TrimSuffix(b.Bytes(), []byte{'\n'})), err
}

// lines writes NDJSON.
type lines struct {
	out   io.Writer
	each  encoder
	whole encoder // for records
	buf   []byte
}

const lineBuffer = 1 << 16

func newLines(w io.Writer, o Options) Stream {
	return &lines{out: w, each: encoder{o: o, written: newWritten()}, whole: encoder{o: o}, buf: make([]byte, 0, 2*lineBuffer)}
}

func (l *lines) Connection(c *report.Connection) error {
	if o := &l.each.o; o.Conn >= 0 && int64(c.ID) != int64(o.Conn) {
		return nil
	}
	l.buf = append(l.each.connection(l.buf, c), '\n')
	if len(l.buf) < lineBuffer {
		return nil
	}
	return l.flush()
}

// Record makes a line; one that waits repeats its exclusions, for those it could refer to may come after it.
func (l *lines) Record(b []byte, c *report.Connection) []byte { return l.whole.connection(b, c) }

// WriteRecord writes a line.
func (l *lines) WriteRecord(record []byte) error {
	l.buf = append(append(l.buf, record...), '\n')
	if len(l.buf) < lineBuffer {
		return nil
	}
	return l.flush()
}

func (l *lines) flush() error {
	_, err := l.out.Write(l.buf)
	l.buf = l.buf[:0]
	return err
}

// Finish writes the report without its connections.
func (l *lines) Finish(r *report.Report) error {
	last, err := marshal(rest(r))
	if err != nil {
		return err
	}
	last = bytes.Replace(last, []byte(connectionsKey+"],"), nil, 1)
	l.buf = append(append(l.buf, last...), '\n')
	return l.flush()
}

func writeNDJSON(w io.Writer, r *report.Report, o Options) error {
	return writeStream(newLines(w, o), r)
}

// writeStream writes a whole report through a stream.
func writeStream(s Stream, r *report.Report) error {
	for i := range r.Connections {
		if err := s.Connection(&r.Connections[i]); err != nil {
			return err
		}
	}
	return s.Finish(r)
}
