package analyze

import (
	"tcplab/analyze/classify/wireshark"
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// second is Wireshark's judgement, made beside ours when it is asked for.
type second struct {
	analyzer *wireshark.Analyzer
	latest   wireshark.Result // of the segment that the table is about to take
	conns    map[uint32][]seconded
}

// seconded is Wireshark's judgement of one frame.
type seconded struct {
	frame uint32
	wireshark.Result
}

func newSecond() *second {
	return &second{analyzer: wireshark.New(), conns: map[uint32][]seconded{}}
}

// judge takes a segment before the table does.
func (w *second) judge(s *wire.Segment) { w.latest = w.analyzer.Segment(s) }

// segment notes which connection the segment belongs to that was judged last.
func (w *second) segment(id uint32, s *wire.Segment) {
	w.conns[id] = append(w.conns[id], seconded{s.Frame, w.latest})
}

// take returns the judgements of a connection that is over, and forgets them.
func (w *second) take(id uint32) []seconded {
	list := w.conns[id]
	delete(w.conns, id)
	return list
}

// compared puts both judgements side by side: of each segment that is shown, and counted of the connection.
func compared(conn *report.Connection, c *flow.Conversation, list []seconded) {
	sum := &report.WiresharkCounts{Streams: []uint32{}, Marks: []report.Share{}}
	marks := map[wireshark.Marks]uint64{}
	var union wireshark.Marks
	for i := range list {
		r := &list[i]
		if n := len(sum.Streams); n == 0 || sum.Streams[n-1] != r.Stream {
			sum.Streams = append(sum.Streams, r.Stream)
		}
		r.Marks.Each(func(m wireshark.Marks) { marks[m]++ })
		union |= r.Marks
		if i >= len(c.Rows) || c.Rows[i].Frame != r.frame {
			continue // its row was not kept
		}
		row := &c.Rows[i]
		differs := wireshark.Explain(row.Marks, row.Why, r.Marks, row.Flags)
		if differs != "" {
			sum.Differing++
		}
		if i < len(conn.Segments) {
			conn.Segments[i].Wireshark = secondOf(&r.Result, differs)
		}
	}
	union.Each(func(m wireshark.Marks) {
		sum.Marks = append(sum.Marks, report.Share{Name: m.Field(), Frames: marks[m]})
	})
	conn.Wireshark = sum
}

// secondOf is Wireshark's judgement of one segment as the report shows it.
func secondOf(r *wireshark.Result, differs string) *report.Wireshark {
	w := &report.Wireshark{Stream: r.Stream, Marks: []string{}, Info: r.Words(), DupAckNum: r.DupAckNum, DupAckFrame: r.DupAckFrame,
		RTO: report.Seconds(r.RTO), RTOFrame: r.RTOFrame, AckRTT: report.Seconds(r.AckRTT), AcksFrame: r.AcksFrame,
		BytesInFlight: r.BytesInFlight, PushBytes: r.PushBytes, Differs: differs}
	if r.HasInitialRTT {
		w.InitialRTT = report.Seconds(r.InitialRTT)
	}
	r.Marks.Each(func(m wireshark.Marks) { w.Marks = append(w.Marks, m.Field()) })
	return w
}
