package analyze

import (
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// aside is what was asked for beside the usual of one connection.
type aside struct {
	found  []report.Hit
	second []seconded
}

// segment shows a segment to those who were asked for something beside the usual.
func (r *run) segment(c *flow.Conversation, d flow.Dir, seq wire.Seq, s *wire.Segment) {
	if r.find != nil {
		r.find.segment(c.ID, d, seq, s)
	}
	if r.second != nil && (r.opt.Only == nil || *r.opt.Only == c.ID) {
		r.second.segment(c.ID, s)
	}
}

// asides returns what was asked for of a connection that is over, nil when nothing was or nothing is there.
func (r *run) asides(id uint32) *aside {
	if r.find == nil && r.second == nil {
		return nil // before x, which is on the heap
	}
	var x aside
	if r.find != nil {
		x.found = r.find.take(id)
	}
	if r.second != nil {
		x.second = r.second.take(id)
	}
	if len(x.found)+len(x.second) == 0 {
		return nil
	}
	return &x
}

// show adds what was asked for to a connection of the report, which was made of c.
func (x *aside) show(conn *report.Connection, c *flow.Conversation) {
	if x == nil {
		return
	}
	conn.Found = x.found
	if len(x.second) > 0 {
		compared(conn, c, x.second)
	}
}
