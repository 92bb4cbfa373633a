package main

import "tcplab/analyze/report"

// inOrder passes connections on by number, while they become final in another order. What it holds are the connections
// that ended before one that began earlier.
type inOrder struct {
	next    uint32
	waiting map[uint32]*report.Connection
	write   func(*report.Connection) error
}

// connection takes a connection and writes what is due.
func (o *inOrder) connection(c *report.Connection) error {
	if o.waiting == nil {
		o.waiting = map[uint32]*report.Connection{}
	}
	held := *c
	o.waiting[c.ID] = &held
	for {
		due, ok := o.waiting[o.next]
		if !ok {
			return nil
		}
		delete(o.waiting, o.next)
		o.next++
		if err := o.write(due); err != nil {
			return err
		}
	}
}
