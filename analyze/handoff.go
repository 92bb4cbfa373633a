package analyze

import (
	"sync"
	"sync/atomic"

	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
)

// handoff judges finished connections and hands them out, in the order in which they finish, on a goroutine of its own:
// following the next connections goes on meanwhile.
type handoff struct {
	full   chan *finished
	free   chan *finished
	now    *finished
	done   sync.WaitGroup
	failed atomic.Pointer[error] // what Each returned
}

// finished is a group of connections that are final; its memory is used again and again.
type finished struct {
	convs     []flow.Conversation
	beside    [groupSize]*aside // what was asked for beside the usual of each
	n         int
	rows      int                // of convs, together
	neighbors []wire.NeighborMsg // seen before the last of them was final
}

const (
	groupSize   = 128
	groupsAhead = 4
	groupRows   = 1 << 15 // a group with as many rows is full
)

// startHandoff judges by j and calls each; opt says what a connection shows.
func startHandoff(j *judge, opt Options) *handoff {
	h := &handoff{full: make(chan *finished, groupsAhead), free: make(chan *finished, groupsAhead)}
	for range groupsAhead {
		h.free <- &finished{convs: make([]flow.Conversation, groupSize)}
	}
	h.now = <-h.free
	h.done.Go(func() {
		var conn report.Connection
		p := parts{names: &names{}}
		for g := range h.full {
			for i := range g.convs[:g.n] {
				if h.failed.Load() != nil {
					continue // the output is gone; the rest is still taken so that the reader ends
				}
				c := &g.convs[i]
				fill(&conn, &p, c, opt)
				conn.Findings = j.connection(c, g.neighbors)
				g.beside[i].show(&conn, c)
				if err := opt.Each(&conn); err != nil {
					h.failed.Store(&err)
				}
			}
			g.n, g.rows = 0, 0
			h.free <- g
		}
	})
	return h
}

// add takes a copy of a finished connection.
func (h *handoff) add(c *flow.Conversation, x *aside, neighbors []wire.NeighborMsg) {
	c.CopyTo(&h.now.convs[h.now.n])
	h.now.beside[h.now.n] = x
	h.now.neighbors = neighbors
	h.now.rows += len(c.Rows)
	if h.now.n++; h.now.n == groupSize || h.now.rows >= groupRows {
		h.full <- h.now
		h.now = <-h.free
	}
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
