package main

import (
	"cmp"
	"slices"

	"tcplab/analyze/report"
)

// choice picks the connections that were asked for while they come.
type choice struct {
	*selection
	total, matching uint64
	each            func(*report.Connection) error // takes each that was picked
	best            []report.Connection            // with --top: the largest so far, in order
}

// choose begins to pick; what was picked goes to each, with --top when finish is called.
func (s *selection) choose(each func(*report.Connection) error) *choice {
	return &choice{selection: s, each: each}
}

func (c *choice) take(conn *report.Connection) error {
	if c.picks(conn) {
		return c.each(conn)
	}
	return nil
}

// picks reports whether conn was asked for; with --top that is known only at the end.
func (c *choice) picks(conn *report.Connection) bool {
	c.total++
	if c.query != nil && !c.query.Match(conn) {
		return false
	}
	if c.want != nil && len(conn.Found) == 0 {
		return false
	}
	c.matching++
	if c.field == nil {
		return true
	}
	at, _ := slices.BinarySearchFunc(c.best, conn, func(a report.Connection, b *report.Connection) int { return c.larger(&a, b) })
	if at < c.top {
		c.best = slices.Insert(c.best, at, conn.Clone())
		c.best = c.best[:min(len(c.best), c.top)]
	}
	return false
}

// larger orders by the field, the largest first, and what is alike by number.
func (c *choice) larger(a, b *report.Connection) int {
	return cmp.Or(cmp.Compare(c.field.Number(b), c.field.Number(a)), cmp.Compare(a.ID, b.ID))
}

// finish passes the largest on and says in the report what was picked.
func (c *choice) finish(r *report.Report) error {
	if c.all() {
		return nil
	}
	s := &report.Selection{Where: c.where, Find: c.want, Matching: c.matching, Connections: c.total}
	r.Selection = s
	if c.field == nil {
		return nil
	}
	s.By, s.Top = c.field.Name, uint64(c.top)
	for i := range c.best {
		s.Values = append(s.Values, c.field.Text(&c.best[i]))
	}
	for i := range c.best {
		if err := c.each(&c.best[i]); err != nil {
			return err
		}
	}
	return nil
}

// pick leaves in a whole report only the connections that were asked for.
func (s *selection) pick(r *report.Report) {
	if s.all() {
		return
	}
	picked := []report.Connection{}
	c := s.choose(func(conn *report.Connection) error {
		picked = append(picked, *conn)
		return nil
	})
	for i := range r.Connections {
		must(c.take(&r.Connections[i]))
	}
	must(c.finish(r))
	r.Connections = picked
}
