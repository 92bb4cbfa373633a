package cable

import (
	"container/heap"
	"slices"
	"time"
)

// swapPatience is how long a swapped packet waits for another one to overtake it.
const swapPatience = 200 * time.Millisecond

// holdPatience is how long a held packet waits for what it is held for.
const holdPatience = 5 * time.Second

// departure is a frame that leaves the cable at a time.
type departure struct {
	dir     Dir
	frame   []byte
	due     time.Time
	later   time.Duration // after the packet that it follows
	fate    int           // index of its fate
	swapped bool          // waits until another packet of its direction has left
	heldBy  int           // the rule that holds it, counted from 1; 0 for none
	wait    time.Duration // in the cable, once nothing holds it
	order   uint64        // of entering, among those due together
	index   int           // in the heap
}

// queue holds departures by due time.
type queue struct {
	heap  departures
	order uint64
	held  [2]*departure // the swapped one of each direction
}

// add queues d. A held packet of its direction leaves right after it.
func (q *queue) add(d *departure) {
	q.order += 2 // room for a held packet right behind
	d.order = q.order
	if held := q.held[d.dir]; held != nil && !d.swapped {
		q.held[d.dir] = nil
		held.due, held.order = d.due, d.order+1
		heap.Fix(&q.heap, held.index)
	}
	if d.heldBy != 0 {
		d.due = d.due.Add(holdPatience)
	}
	if d.swapped && q.held[d.dir] == nil {
		d.due = d.due.Add(swapPatience)
		q.held[d.dir] = d
	}
	heap.Push(&q.heap, d)
}

// release lets go what a rule holds.
func (q *queue) release(rule int, now time.Time) {
	for _, d := range slices.Clone(q.heap) {
		if d.heldBy == rule {
			d.heldBy, d.due = 0, now.Add(d.wait)
			heap.Fix(&q.heap, d.index)
		}
	}
}

// next returns when the next departure is due.
func (q *queue) next() (due time.Time, ok bool) {
	if len(q.heap) == 0 {
		return due, false
	}
	return q.heap[0].due, true
}

// take removes the next departure if it is due by now, else it returns nil.
func (q *queue) take(now time.Time) *departure {
	if due, ok := q.next(); !ok || due.After(now) {
		return nil
	}
	d := heap.Pop(&q.heap).(*departure)
	if q.held[d.dir] == d {
		q.held[d.dir] = nil
	}
	return d
}

// departures is a heap by due time, then by order of entering.
type departures []*departure

func (h departures) Len() int { return len(h) }

func (h departures) Less(i, j int) bool {
	if !h[i].due.Equal(h[j].due) {
		return h[i].due.Before(h[j].due)
	}
	return h[i].order < h[j].order
}

func (h departures) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is for container/heap alone.
func (h *departures) Push(x any) {
	d := x.(*departure)
	d.index = len(*h)
	*h = append(*h, d)
}

// Pop is for container/heap alone.
func (h *departures) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
