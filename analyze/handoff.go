package analyze

import (
	"sync"
	"sync/atomic"

	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// handoff follows what is only noted of finished connections, judges them and hands them out, in the order in which they
// finish, on a goroutine of its own: reading the next connections goes on meanwhile.
type handoff struct {
	full   chan *finished
	free   chan *finished
	now    *finished
	table  *flow.Table
	copies uint64 // frames captured twice, of those that were noted
	done   sync.WaitGroup
	failed atomic.Pointer[error] // what Each returned
}

// finished is a group of connections that are final; its memory is used again and again.
type finished struct {
	convs     [groupSize]*flow.Conversation // those that were followed; the others are noted
	noted     [groupSize]flow.Noted
	until     [groupSize]capture.Stamp // of those that are noted
	beside    [groupSize]*aside        // what was asked for beside the usual of each
	n         int
	rows      int                  // of convs, together
	neighbors []wire.NeighborMsg   // seen before the last of them was final
	spare     []*flow.Conversation // memory for convs
	spent     flow.Memory          // of noted
}

const (
	groupSize   = 128
	groupsAhead = 4
	groupRows   = 1 << 15 // a group with as many rows is full
)

// startHandoff follows what table notes, judges by j and calls each; opt says what a connection shows.
func startHandoff(table *flow.Table, j *judge, opt Options) *handoff {
	h := &handoff{full: make(chan *finished, groupsAhead), free: make(chan *finished, groupsAhead), table: table}
	for range groupsAhead {
		h.free <- &finished{}
	}
	h.now = h.next()
	h.done.Go(func() {
		out := outlet{handoff: h, judge: j, opt: opt, parts: parts{names: &names{}}}
		for g := range h.full {
			for i := range g.n {
				if h.failed.Load() == nil { // else the output is gone; the rest is still taken so that the reader ends
					out.connection(g, i)
				}
			}
			h.free <- g
		}
	})
	return h
}

// outlet is where connections leave the pipeline.
type outlet struct {
	*handoff
	judge    *judge
	opt      Options
	follower flow.Follower
	parts    parts
	conn     report.Connection
}

// connection hands out connection i of a group.
func (o *outlet) connection(g *finished, i int) {
	c := g.convs[i]
	if c == nil {
		c = o.follower.Follow(&g.noted[i], &g.spent)
		c.Until = g.until[i]
		o.copies += uint64(c.Duplicates)
	}
	fill(&o.conn, &o.parts, c, o.opt)
	o.conn.Findings = o.judge.connection(c, g.neighbors)
	g.beside[i].show(&o.conn, c)
	if err := o.opt.Each(&o.conn); err != nil {
		o.failed.Store(&err)
	}
}

// add takes a copy of a finished connection.
func (h *handoff) add(c *flow.Conversation, x *aside, neighbors []wire.NeighborMsg) {
	g := h.now
	g.convs[g.n] = g.memory()
	c.CopyTo(g.convs[g.n])
	g.beside[g.n] = x
	g.rows += len(c.Rows)
	h.added(neighbors)
}

// memory returns a conversation to copy to.
func (g *finished) memory() *flow.Conversation {
	if n := len(g.spare); n > 0 {
		c := g.spare[n-1]
		g.spare = g.spare[:n-1]
		return c
	}
	return &flow.Conversation{}
}

// note takes a finished connection that is noted.
func (h *handoff) note(n *flow.Noted, until capture.Stamp, neighbors []wire.NeighborMsg) {
	g := h.now
	g.noted[g.n], g.until[g.n], g.beside[g.n] = *n, until, nil
	h.added(neighbors)
}

// added hands the group on when it is full.
func (h *handoff) added(neighbors []wire.NeighborMsg) {
	h.now.neighbors = neighbors
	if h.now.n++; h.now.n == groupSize || h.now.rows >= groupRows {
		h.full <- h.now
		h.now = h.next()
	}
}

// next returns a group that was handed out, empty again.
func (h *handoff) next() *finished {
	g := <-h.free
	for i, c := range g.convs[:g.n] {
		if c != nil {
			g.spare, g.convs[i] = append(g.spare, c), nil
		}
	}
	h.table.Reclaim(&g.spent)
	g.n, g.rows = 0, 0
	return g
}

// finish waits until every connection was handed out; it returns the error of Each.
func (h *handoff) finish() error {
	h.full <- h.now
	close(h.full)
	h.done.Wait()
	return h.err()
}

func (h *handoff) err() error {
	if err := h.failed.Load(); err != nil {
		return *err
	}
	return nil
}
