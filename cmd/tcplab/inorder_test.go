package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tcplab/analyze/report"
)

// However the connections come, they are written by number, each as soon as those before it are.
func TestInOrder(t *testing.T) {
	const n = 1000
	var written []uint32
	o := inOrder{write: func(c *report.Connection) error { written = append(written, c.ID); return nil }}
	for i, id := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
		if err := o.connection(&report.Connection{ID: uint32(id)}); err != nil {
			t.Fatal(err)
		}
		if len(written)+len(o.waiting) != i+1 {
			t.Fatalf("after %d: %d written, %d waiting", i+1, len(written), len(o.waiting))
		}
	}
	for i, id := range written {
		if id != uint32(i) {
			t.Fatalf("connection %d at place %d", id, i)
		}
	}
	if len(written) != n {
		t.Errorf("%d written", len(written))
	}
	full := errors.New("disk full")
	o = inOrder{write: func(*report.Connection) error { return full }}
	if err := o.connection(&report.Connection{}); err != full {
		t.Error(err)
	}
}

// A connection that waits is not the one whose lists are used again meanwhile.
func TestInOrderKeepsWhatWaits(t *testing.T) {
	frames := []uint32{7, 8, 9}
	var closing []uint32
	o := inOrder{write: func(c *report.Connection) error { closing = c.Close.Frames; return nil }}
	for _, c := range []report.Connection{{ID: 1, Close: report.Close{Frames: frames}}, {ID: 0}} {
		if err := o.connection(&c); err != nil {
			t.Fatal(err)
		}
		frames[0] = 99
	}
	if len(closing) != 3 || closing[0] != 7 {
		t.Errorf("closed by frames %v, want 7, 8 and 9", closing)
	}
}

// records is a stream that remembers what was written of each connection.
type records struct{ written []string }

func (r *records) Connection(c *report.Connection) error {
	return r.WriteRecord(r.Record(nil, c))
}
func (r *records) Record(b []byte, c *report.Connection) []byte {
	return fmt.Appendf(b, "%d%s", c.ID, strings.Repeat("x", int(c.ID%500)))
}
func (r *records) WriteRecord(b []byte) error {
	r.written = append(r.written, string(b))
	return nil
}
func (r *records) Finish(*report.Report) error { return nil }

// A connection that outlasts many others holds them back, but not in memory.
func TestInOrderIsBounded(t *testing.T) {
	const n = 10 * maxKept
	out := &records{}
	o := inOrder{write: out.Connection, records: out}
	take := func(id uint32) {
		t.Helper()
		var err error
		if c := (report.Connection{ID: id}); id%10 == 9 {
			err = o.skip(id)
		} else {
			err = o.connection(&c)
		}
		if err != nil || o.kept > maxKept {
			t.Fatalf("connection %d: %v, %d kept", id, err, o.kept)
		}
	}
	for _, i := range rand.New(rand.NewPCG(3, 4)).Perm(n - 1) {
		take(uint32(i) + 1)
	}
	take(0) // the one that all the others waited for
	if err := o.close(); err != nil {
		t.Fatal(err)
	}
	if len(out.written) != n*9/10 || len(o.waiting) != 0 {
		t.Fatalf("%d written, %d wait", len(out.written), len(o.waiting))
	}
	at := 0
	for id := range uint32(n) {
		if id%10 == 9 {
			continue
		}
		if want := string(out.Record(nil, &report.Connection{ID: id})); out.written[at] != want {
			t.Fatalf("at place %d stands %.20q, want %.20q", at, out.written[at], want)
		}
		at++
	}
}

// A format without records shows them as they come rather than hold ever more of them.
func TestInOrderGivesUpTheOrderOfTables(t *testing.T) {
	n := uint32(0)
	o := inOrder{write: func(*report.Connection) error { n++; return nil }}
	for id := uint32(3 * maxKept); id > 0; id-- {
		if err := o.connection(&report.Connection{ID: id - 1}); err != nil || o.kept > maxKept {
			t.Fatalf("%v, %d kept", err, o.kept)
		}
	}
	if n != 3*maxKept || len(o.waiting) > 0 {
		t.Errorf("%d written, %d wait", n, len(o.waiting))
	}
}
