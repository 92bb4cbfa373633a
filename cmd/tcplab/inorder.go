package main

import (
	"tcplab/analyze/render"
	"tcplab/analyze/report"
)

// inOrder passes connections on by number, while they become final in another order. Those that ended before one that began
// earlier wait: the first of them as they are, the others as records in a temporary file, for one connection may outlast
// millions. A format without records shows them as they come then, and says so.
type inOrder struct {
	next    uint32
	waiting map[uint32]waiting
	kept    int // of those that wait, how many are no records
	write   func(*report.Connection) error
	records render.Records // nil: the format has none
	file    spool
	buf     []byte
}

// waiting is a connection before its turn: kept, a record in the file, or none of these when nothing is to be written.
type waiting struct {
	conn   *report.Connection
	record extent
}

// maxKept bounds the connections that wait in memory.
const maxKept = 1024

// connection takes a connection and writes what is due.
func (o *inOrder) connection(c *report.Connection) error {
	if o.records == nil && o.kept == maxKept {
		if err := o.write(c); err != nil {
			return err
		}
		return o.skip(c.ID)
	}
	if c.ID != o.next {
		return o.wait(c)
	}
	if err := o.write(c); err != nil {
		return err
	}
	return o.passed()
}

// skip passes over a connection that is not written.
func (o *inOrder) skip(id uint32) error {
	if id != o.next {
		o.hold(id, waiting{})
		return nil
	}
	return o.passed()
}

// wait holds a connection back. It is copied: its lists are used again.
func (o *inOrder) wait(c *report.Connection) error {
	if o.kept < maxKept {
		held := c.Clone()
		o.hold(c.ID, waiting{conn: &held})
		o.kept++
		return nil
	}
	o.buf = o.records.Record(o.buf[:0], c)
	at, err := o.file.add(o.buf)
	o.hold(c.ID, waiting{record: at})
	return err
}

func (o *inOrder) hold(id uint32, w waiting) {
	if o.waiting == nil {
		o.waiting = map[uint32]waiting{}
	}
	o.waiting[id] = w
}

// passed goes on to the next connection and writes those that waited for it.
func (o *inOrder) passed() (err error) {
	for o.next++; len(o.waiting) > 0 && err == nil; o.next++ {
		due, ok := o.waiting[o.next]
		if !ok {
			return nil
		}
		delete(o.waiting, o.next)
		switch {
		case due.conn != nil:
			o.kept--
			err = o.write(due.conn)
		case due.record.n > 0:
			if o.buf, err = o.file.read(o.buf[:0], due.record); err == nil {
				err = o.records.WriteRecord(o.buf)
			}
		}
	}
	return err
}

// close gives the file back.
func (o *inOrder) close() error { return o.file.close() }
