package calls

import (
	"cmp"
	"slices"
	"sync"
)

// Recorder collects the calls of a run while they happen, from any number of actors. Until Calls gives them their final
// numbers, Number is the actor's own count of its calls. The zero Recorder is ready; its methods are safe for concurrent use.
type Recorder struct {
	mu    sync.Mutex
	index map[key]int
	calls []Call
}

// key names a call while the run lasts.
type key struct {
	actor  string
	number uint32
}

// Begin records that an actor entered a call. If End never follows, because the process was killed inside the call, the
// call stays in the record with End 0.
func (r *Recorder) Begin(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.index == nil {
		r.index = make(map[key]int)
	}
	r.index[key{c.Actor, c.Number}] = len(r.calls)
	r.calls = append(r.calls, c)
}

// End replaces the record that Begin made with the finished call.
func (r *Recorder) End(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i, ok := r.index[key{c.Actor, c.Number}]; ok {
		r.calls[i] = c
	}
}

// Calls returns all calls recorded so far in the order of Begin, numbered from 1.
func (r *Recorder) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.calls)
	slices.SortStableFunc(all, func(a, b Call) int {
		return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.Actor, b.Actor), cmp.Compare(a.Number, b.Number))
	})
	for i := range all {
		all[i].Number = uint32(i + 1)
	}
	return all
}
