package analyze

import (
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// aside is what was asked for beside the usual of one connection.
type aside struct {
	found []report.Hit
}

// segment shows a segment to those who were asked for something beside the usual.
func (r *run) segment(c *flow.Conversation, d flow.Dir, seq wire.Seq, s *wire.Segment) {
	if r.find != nil {
		r.find.segment(c.ID, d, seq, s)
	}
}

// asides returns what was asked for of a connection that is over, nil when nothing was or nothing is there.
func (r *run) asides(id uint32) *aside {
	if r.find == nil {
		return nil
	}
	if found := r.find.take(id); len(found) > 0 {
		return &aside{found: found}
	}
	return nil
}

// show adds what was asked for to a connection of the report.
func (x *aside) show(conn *report.Connection) {
	if x != nil {
		conn.Found = x.found
	}
}
