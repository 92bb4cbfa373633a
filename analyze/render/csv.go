package render

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// CSV is a table for spreadsheets and statistics: a line for each connection, or with Segments for each segment.
var CSV = Format{Name: "csv", Doc: "for spreadsheets: connections, or segments with --segments", Write: writeCSV, Stream: newCSV}

// column is one column of a table of T.
type column[T any] struct {
	name  string
	value func(T) string
}

// connectionColumns are the contract's fields under the contract's names, nested ones joined with a dot.
var connectionColumns = append(append(append(append(append([]column[*report.Connection]{
	{"id", func(c *report.Connection) string { return itoa(c.ID) }},
	{"client.addr", func(c *report.Connection) string { return c.Client.Addr }},
	{"client.port", func(c *report.Connection) string { return strconv.Itoa(int(c.Client.Port)) }},
	{"server.addr", func(c *report.Connection) string { return c.Server.Addr }},
	{"server.port", func(c *report.Connection) string { return strconv.Itoa(int(c.Server.Port)) }},
	{"client_known", func(c *report.Connection) string { return strconv.FormatBool(c.ClientKnown) }},
	{"first_frame", func(c *report.Connection) string { return itoa(c.FirstFrame) }},
	{"last_frame", func(c *report.Connection) string { return itoa(c.LastFrame) }},
	{"frames", func(c *report.Connection) string { return itoa(c.Frames) }},
	{"start", func(c *report.Connection) string { return c.Start.Format(time.RFC3339Nano) }},
	{"duration_s", func(c *report.Connection) string { return seconds(c.Duration) }},
	{"outcome", func(c *report.Connection) string { return c.Outcome }},
	{"history", func(c *report.Connection) string { return c.History }},
	{"completeness", func(c *report.Connection) string { return strconv.Itoa(int(c.Completeness)) }},
	{"state.client", func(c *report.Connection) string { return c.State.Client }},
	{"state.server", func(c *report.Connection) string { return c.State.Server }},
	{"handshake.kind", func(c *report.Connection) string { return handshakeOf(c).Kind }},
	{"handshake.rtt_s", func(c *report.Connection) string { return seconds(handshakeOf(c).RTT) }},
	{"close.kind", func(c *report.Connection) string { return c.Close.Kind }},
	{"close.by", func(c *report.Connection) string { return c.Close.By }},
	{"close.time_wait", func(c *report.Connection) string { return c.Close.TimeWait }},
}, halfColumns("client_to_server.", func(c *report.Connection) *report.Half { return &c.ClientToServer })...),
	halfColumns("server_to_client.", func(c *report.Connection) *report.Half { return &c.ServerToClient })...),
	wayColumns("ends.client_to_server.", func(e *report.Ends) *report.Way { return &e.ClientToServer })...),
	wayColumns("ends.server_to_client.", func(e *report.Ends) *report.Way { return &e.ServerToClient })...),
	column[*report.Connection]{"finding.cause", func(c *report.Connection) string { return firstFinding(c).Cause }},
	column[*report.Connection]{"finding.level", func(c *report.Connection) string { return firstFinding(c).Level }},
	column[*report.Connection]{"finding.title", func(c *report.Connection) string { return firstFinding(c).Title }},
)

// halfColumns are the columns of one direction.
func halfColumns(prefix string, half func(*report.Connection) *report.Half) []column[*report.Connection] {
	columns := []column[*report.Connection]{}
	for _, n := range []struct {
		name  string
		value func(*report.Half) uint64
	}{
		{"packets", func(h *report.Half) uint64 { return h.Packets }},
		{"payload_bytes", func(h *report.Half) uint64 { return h.PayloadBytes }},
		{"unique_bytes", func(h *report.Half) uint64 { return h.UniqueBytes }},
		{"missing_bytes", func(h *report.Half) uint64 { return h.MissingBytes }},
		{"retransmissions", func(h *report.Half) uint64 { return h.Retransmissions }},
		{"out_of_order", func(h *report.Half) uint64 { return h.OutOfOrder }},
		{"duplicate_acks", func(h *report.Half) uint64 { return h.DuplicateACKs }},
		{"zero_windows", func(h *report.Half) uint64 { return h.ZeroWindows }},
		{"resets", func(h *report.Half) uint64 { return h.Resets }},
		{"max_in_flight", func(h *report.Half) uint64 { return h.MaxInFlight }},
		{"rtt.samples", func(h *report.Half) uint64 { return h.RTT.Samples }},
	} {
		columns = append(columns, column[*report.Connection]{prefix + n.name, func(c *report.Connection) string { return itoa(n.value(half(c))) }})
	}
	return append(columns,
		column[*report.Connection]{prefix + "rtt_s.min", func(c *report.Connection) string { return seconds(half(c).RTT.Min) }},
		column[*report.Connection]{prefix + "rtt_s.median", func(c *report.Connection) string { return seconds(half(c).RTT.Median) }},
		column[*report.Connection]{prefix + "rtt_s.max", func(c *report.Connection) string { return seconds(half(c).RTT.Max) }})
}

// wayColumns are what became of the segments of one direction, empty where one end alone was captured.
func wayColumns(prefix string, way func(*report.Ends) *report.Way) (columns []column[*report.Connection]) {
	for _, n := range []struct {
		name  string
		value func(*report.Way) uint64
	}{
		{"sent", func(w *report.Way) uint64 { return w.Sent }},
		{"arrived", func(w *report.Way) uint64 { return w.Arrived }},
		{"lost", func(w *report.Way) uint64 { return uint64(len(w.Lost)) }},
		{"lost_bytes", func(w *report.Way) uint64 { return w.LostBytes }},
	} {
		columns = append(columns, column[*report.Connection]{prefix + n.name, func(c *report.Connection) string {
			if c.Ends == nil {
				return ""
			}
			return itoa(n.value(way(c.Ends)))
		}})
	}
	return columns
}

var segmentColumns = []column[*report.Segment]{
	{"frame", func(g *report.Segment) string { return itoa(g.Frame) }},
	{"time_s", func(g *report.Segment) string { return seconds(g.Time) }},
	{"dir", func(g *report.Segment) string { return g.Dir }},
	{"flags", func(g *report.Segment) string { return g.Flags }},
	{"seq", func(g *report.Segment) string { return strconv.FormatInt(g.Seq, 10) }},
	{"ack", func(g *report.Segment) string { return strconv.FormatInt(g.Ack, 10) }},
	{"len", func(g *report.Segment) string { return itoa(g.Len) }},
	{"window", func(g *report.Segment) string { return itoa(g.Window) }},
	{"marks", func(g *report.Segment) string { return strings.Join(g.Marks, " ") }},
	{"phase", func(g *report.Segment) string { return g.Phase }},
	{"state.client", func(g *report.Segment) string { return g.State.Client }},
	{"state.server", func(g *report.Segment) string { return g.State.Server }},
	{"note", func(g *report.Segment) string { return g.Note }},
	{"seq_raw", func(g *report.Segment) string { return itoa(g.SeqRaw) }},
	{"ack_raw", func(g *report.Segment) string { return itoa(g.AckRaw) }},
	{"window_raw", func(g *report.Segment) string { return strconv.Itoa(int(g.WinRaw)) }},
	{"ttl", func(g *report.Segment) string { return strconv.Itoa(int(g.TTL)) }},
	{"ip_id", func(g *report.Segment) string { return strconv.Itoa(int(g.IPID)) }},
	{"options", func(g *report.Segment) string { return g.Options }},
	{"ends.fate", func(g *report.Segment) string { return endsOf(g).Fate }},
	{"ends.sent.time_s", func(g *report.Segment) string { return markTime(endsOf(g).Sent) }},
	{"ends.arrived.time_s", func(g *report.Segment) string { return markTime(endsOf(g).Arrived) }},
}

// endsOf returns what both captures say of a segment, or nothing.
func endsOf(g *report.Segment) report.SegmentEnds {
	if g.Ends == nil {
		return report.SegmentEnds{}
	}
	return *g.Ends
}

// markTime is when a capture saw a segment, "" where it did not.
func markTime(m *report.Mark) string {
	if m == nil {
		return ""
	}
	return seconds(m.Time)
}

func seconds(s report.Seconds) string { return string(s.Append(nil)) }

// handshakeOf returns a connection's handshake, or an empty one.
func handshakeOf(c *report.Connection) report.Handshake {
	if c.Handshake == nil {
		return report.Handshake{}
	}
	return *c.Handshake
}

// firstFinding returns the finding that matters most, or an empty one.
func firstFinding(c *report.Connection) report.Finding {
	if len(c.Findings) == 0 {
		return report.Finding{}
	}
	return c.Findings[0]
}

// csvStream writes one of the two tables.
type csvStream struct {
	out    *csv.Writer
	o      Options
	record []string
}

func newCSV(w io.Writer, o Options) Stream {
	s := &csvStream{out: csv.NewWriter(w), o: o}
	if o.Segments {
		s.record = append(s.record, "connection")
		for _, col := range segmentColumns {
			s.record = append(s.record, col.name)
		}
	} else {
		for _, col := range connectionColumns {
			s.record = append(s.record, col.name)
		}
	}
	s.out.Write(s.record) // the writer keeps its error
	return s
}

func (s *csvStream) Connection(c *report.Connection) error {
	if s.o.Conn >= 0 && int64(c.ID) != int64(s.o.Conn) {
		return nil
	}
	if !s.o.Segments {
		s.record = s.record[:0]
		for _, col := range connectionColumns {
			s.record = append(s.record, plainField(col.value(c)))
		}
		return s.out.Write(s.record)
	}
	for i := range c.Segments {
		s.record = append(s.record[:0], itoa(c.ID))
		for _, col := range segmentColumns {
			s.record = append(s.record, plainField(col.value(&c.Segments[i])))
		}
		if err := s.out.Write(s.record); err != nil {
			return err
		}
	}
	return nil
}

func (s *csvStream) Finish(*report.Report) error {
	s.out.Flush()
	return s.out.Error()
}

// plainField cleans a field. A spreadsheet runs text that begins like a formula, so such text gets an apostrophe; negative
// numbers stay numbers.
func plainField(text string) string {
	text = texttab.Clean(text)
	if text == "" || !strings.ContainsRune("=+-@", rune(text[0])) {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return "'" + text
}

func writeCSV(w io.Writer, r *report.Report, o Options) error { return writeStream(newCSV(w, o), r) }
