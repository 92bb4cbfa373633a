package main

import (
	"errors"
	"math/rand/v2"
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
