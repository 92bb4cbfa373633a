package main

import "tcplab/analyze/report"

// inOrder passes connections on by number, while they become final in another order. What it holds are the connections
// that ended before one that began earlier.
type inOrder struct {
	next    uint32
	waiting map[uint32]*report.Connection
	write   func(*report.Connection) error
}

// connection takes a connection and writes what is due. One that must wait is copied: its lists are used again.
func (o *inOrder) connection(c *report.Connection) error {
	if c.ID != o.next {
		if o.waiting == nil {
			o.waiting = map[uint32]*report.Connection{}
		}
		held := c.Clone()
		o.waiting[c.ID] = &held
		return nil
	}
	for due := c; due != nil; due = o.waiting[o.next] {
		delete(o.waiting, o.next)
		o.next++
		if err := o.write(due); err != nil {
			return err
		}
	}
	return nil
}
