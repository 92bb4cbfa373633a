package calls_test

import (
	"fmt"
	"sync"
	"syscall"
	"testing"

	"tcplab/capture"
	"tcplab/capture/calls"
)

func TestRecorderNumbersByBegin(t *testing.T) {
	var r calls.Recorder
	r.Begin(calls.Call{Number: 1, Actor: "server", Op: "accept", Begin: 10})
	r.Begin(calls.Call{Number: 1, Actor: "client", Op: "connect", Begin: 5})
	r.End(calls.Call{Number: 1, Actor: "client", Op: "connect", Begin: 6, End: 20, N: -1, Errno: syscall.ECONNREFUSED})
	r.End(calls.Call{Number: 9, Actor: "client", Op: "close", Begin: 30, End: 31})
	got := r.Calls()
	if len(got) != 2 {
		t.Fatalf("%d calls, want the two that began", len(got))
	}
	if c := got[0]; c.Number != 1 || c.Op != "connect" || c.Begin != 6 || c.Errno != syscall.ECONNREFUSED {
		t.Errorf("first call %+v", c)
	}
	if c := got[1]; c.Number != 2 || c.Op != "accept" || c.End != 0 {
		t.Errorf("second call %+v, want the accept that never returned", c)
	}
	if again := r.Calls(); again[0].Number != 1 || again[1].Number != 2 {
		t.Error("asking twice gives other numbers")
	}
}

// TestRecorderFromManyThreads is for the race detector, and for records that get lost.
func TestRecorderFromManyThreads(t *testing.T) {
	var r calls.Recorder
	var all sync.WaitGroup
	const actors, each = 8, 100
	for a := range actors {
		all.Go(func() {
			for n := range each {
				c := calls.Call{Number: uint32(n + 1), Actor: fmt.Sprint("actor", a), Begin: capture.Stamp(n)}
				r.Begin(c)
				c.End = c.Begin + 1
				r.End(c)
			}
		})
	}
	all.Wait()
	got := r.Calls()
	if len(got) != actors*each {
		t.Fatalf("%d calls, want %d", len(got), actors*each)
	}
	for i, c := range got {
		if c.Number != uint32(i+1) || c.End != c.Begin+1 {
			t.Fatalf("call %d: %+v", i+1, c)
		}
	}
}
