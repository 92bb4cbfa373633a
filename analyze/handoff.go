package analyze

import (
	"runtime"
	"sync"
	"sync/atomic"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// handoff follows what is only noted of finished connections, judges them and hands them out, in the order in which they
// finish, while the next ones are read. A group is followed by any of several goroutines, for its connections have nothing
// to do with others; one goroutine judges the groups in their order and hands them out.
type handoff struct {
	table  *flow.Table
	now    *finished
	free   chan *finished
	noted  chan *finished // to be followed
	full   chan *finished // the same, in order
	copies uint64         // frames captured twice, of those that were noted
	alikes *alikes        // nil: each connection is judged for itself
	done   sync.WaitGroup
	failed atomic.Pointer[error] // what Each returned
}

// finished is a group of connections that are final; its memory is used again and again.
type finished struct {
	convs     [groupSize]*flow.Conversation // nil: noted
	noted     [groupSize]flow.Noted
	until     [groupSize]capture.Stamp // of those that are noted
	beside    [groupSize]*aside        // what was asked for beside the usual of each
	likeness  [groupSize]diagnose.Likeness
	own       [groupSize]flow.Own
	attempt   [groupSize]bool   // likeness and own are set
	alike     [groupSize]*alike // of attempts that need not be followed
	n         int
	rows      int                  // of convs, together
	neighbors []wire.NeighborMsg   // seen before the last of them was final
	spare     []*flow.Conversation // memory for convs
	spent     flow.Memory          // of noted
	copies    uint64               // as the handoff's
	followed  chan struct{}        // holds one when nothing is merely noted any more
}

const (
	groupSize   = 96
	groupsAhead = 8
	groupRows   = 1 << 9 // a group with as many rows is full
)

// startHandoff follows what table notes, judges by j and calls each; opt says what a connection shows.
func startHandoff(table *flow.Table, j *judge, opt Options) *handoff {
	h := &handoff{table: table, free: make(chan *finished, groupsAhead), noted: make(chan *finished, groupsAhead), full: make(chan *finished, groupsAhead)}
	for range groupsAhead {
		h.free <- &finished{followed: make(chan struct{}, 1)}
	}
	if len(j.in.Calls)+len(j.in.Facts) == 0 && j.in.Join == nil && j.in.About == nil && j.ask == nil {
		h.alikes = &alikes{}
	}
	h.now = h.next()
	for range max(1, runtime.GOMAXPROCS(0)-1) {
		go h.follow()
	}
	out := outlet{judge: j, alikes: h.alikes, opt: opt, parts: parts{names: &names{}}}
	h.done.Go(func() {
		for g := range h.full {
			<-g.followed
			h.copies += g.copies
			for i := range g.n {
				if h.failed.Load() != nil {
					break // the output is gone; the rest is still taken so that the reader ends
				}
				if err := out.connection(g, i); err != nil {
					h.failed.Store(&err)
				}
			}
			h.free <- g
		}
	})
	return h
}

// follow follows what is noted of one group after the other.
func (h *handoff) follow() {
	var f flow.Follower
	for g := range h.noted {
		for i := range g.n {
			if g.convs[i] == nil {
				f.Approach(&g.noted[i])
			}
		}
		f.Near()
		for i := range g.n {
			if g.convs[i] == nil && !g.recognize(i, h.alikes) {
				g.follow(i, &f)
			}
		}
		g.followed <- struct{}{}
	}
}

// recognize reports whether connection i is an attempt like others before.
func (g *finished) recognize(i int, known *alikes) bool {
	l, own := &g.likeness[i], &g.own[i]
	if known == nil || !g.noted[i].Split(&l.Bare, own) || !l.Of(own, g.until[i], len(g.neighbors) > 0) {
		return false
	}
	g.attempt[i], g.alike[i] = true, known.find(l)
	return g.alike[i] != nil
}

// follow follows what is noted of connection i.
func (g *finished) follow(i int, f *flow.Follower) {
	c := f.Follow(&g.noted[i], &g.spent)
	c.Until = g.until[i]
	g.copies += uint64(c.Duplicates)
	if diagnose.Incident(c) == 0 {
		c.Abridge()
	}
	g.convs[i] = g.memory()
	c.CopyTo(g.convs[i])
}

// outlet is where connections leave the pipeline.
type outlet struct {
	judge    *judge
	alikes   *alikes
	opt      Options
	parts    parts
	conn     report.Connection
	follower flow.Follower
}

// connection hands out connection i of a group.
func (o *outlet) connection(g *finished, i int) error {
	if a := g.alike[i]; a != nil {
		return o.attempt(g, i, a)
	}
	o.judge.index.Add(g.convs[i])
	err := o.judged(g, i)
	if g.attempt[i] {
		o.alikes.meet(&g.likeness[i], o.judge, o.opt)
	}
	return err
}

// attempt hands out an attempt like others. When what is known of other connections may tell more, it is judged all the same.
func (o *outlet) attempt(g *finished, i int, a *alike) (err error) {
	own := &g.own[i]
	o.judge.index.Remember(a.like, own)
	client, server := o.parts.name(flow.ToServer, own.Client), o.parts.name(flow.ToClient, own.Server)
	found, same := o.judge.engine.Recall(a.like, own, client, server, o.judge.index, g.neighbors)
	if !same {
		g.follow(i, &o.follower)
		return o.judged(g, i)
	}
	a.put(own, client, server)
	a.conn.Findings = found
	if found == nil {
		a.conn.Findings = []report.Finding{}
	}
	return o.opt.Each(&a.conn)
}

// judged hands out connection i of a group, which the index has.
func (o *outlet) judged(g *finished, i int) error {
	c := g.convs[i]
	fill(&o.conn, &o.parts, c, o.opt)
	o.conn.Findings = o.judge.one(c, g.neighbors)
	o.opt.tellWaits(&o.conn, c)
	g.beside[i].show(&o.conn, c)
	return o.opt.Each(&o.conn)
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
	g.rows += n.Segments()
	h.added(neighbors)
}

// added hands the group on when it is full.
func (h *handoff) added(neighbors []wire.NeighborMsg) {
	h.now.neighbors = neighbors
	if h.now.n++; h.now.n == groupSize || h.now.rows >= groupRows {
		h.pass()
		h.now = h.next()
	}
}

// pass hands the group on.
func (h *handoff) pass() {
	h.full <- h.now
	h.noted <- h.now
}

// next returns a group that was handed out, empty again.
func (h *handoff) next() *finished {
	g := <-h.free
	for i, c := range g.convs[:g.n] {
		if c != nil {
			g.spare, g.convs[i] = append(g.spare, c), nil
		}
		g.attempt[i], g.alike[i] = false, nil
	}
	h.table.Reclaim(&g.spent)
	g.n, g.rows, g.copies = 0, 0, 0
	return g
}

// finish waits until every connection was handed out; it returns the error of Each.
func (h *handoff) finish() error {
	h.pass()
	close(h.full)
	close(h.noted)
	h.done.Wait()
	return h.err()
}

func (h *handoff) err() error {
	if err := h.failed.Load(); err != nil {
		return *err
	}
	return nil
}
