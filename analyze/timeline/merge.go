// Package timeline puts the system calls of a run and the packets they caused into one order.
//
// Each source keeps its own order; time stamps propose how they interleave, causality disposes. A packet's stamp and a
// call's are wall time of one host but are taken in different places, so an effect can carry an earlier stamp than its
// cause. Such an order is repaired where the difference is below Tolerance, and the event is marked Adjusted; a larger
// one is left as it stands and reported, and nothing may be concluded from that order.
package timeline

import (
	"cmp"
	"slices"
	"time"

	"tcplab/analyze/flow"
	"tcplab/capture"
	"tcplab/capture/calls"
)

// Tolerance is how far an effect may precede its cause by its stamps. On loopback the two differ by some microseconds;
// other interfaces stamp in interrupts of another processor.
const Tolerance = time.Millisecond

// Kind says what an event is.
type Kind uint8

// The kinds, in the order in which simultaneous events are shown.
const (
	CallBegin Kind = iota
	FrameSeen
	CallEnd
)

// String returns the name of the report contract.
func (k Kind) String() string { return [...]string{"call-begin", "frame", "call-end"}[k] }

// Ref names an event: frame 12, the end of call 3. It is how evidence is cited.
type Ref struct {
	Kind   Kind
	Number uint32
}

// Event is one place on the timeline.
type Event struct {
	Ref
	Time     capture.Stamp // as recorded
	Adjusted bool          // it stands later than Time says

	at    capture.Stamp // where it stands
	actor string        // of a call
}

// Timeline is the order, what each call caused, and what could not be put in order.
type Timeline struct {
	Events []Event
	Causes map[uint32][]uint32 // call number → frames
	Broken []Constraint        // constraints that the stamps contradict by more than Tolerance
}

// Constraint says that one event came before another, and why.
type Constraint struct {
	Cause, Effect Ref
	Why           string
	By            time.Duration // how much the stamps contradict it, 0 when they do not
}

// Merge orders the calls of a run and the rows of its conversations.
func Merge(cs []calls.Call, convs []*flow.Conversation) *Timeline {
	b := builder{index: map[Ref]int{}, t: &Timeline{Causes: map[uint32][]uint32{}}}
	for i := range cs {
		c := &cs[i]
		b.add(Event{Ref: Ref{CallBegin, c.Number}, Time: c.Begin, actor: c.Actor})
		if c.End != 0 {
			b.add(Event{Ref: Ref{CallEnd, c.Number}, Time: c.End, actor: c.Actor})
		}
	}
	b.addFrames(convs)
	links := link(cs, convs)
	for _, l := range links {
		b.t.Causes[l.call.Number] = append(b.t.Causes[l.call.Number], l.frames...)
	}
	b.settle(constraints(links, cs))
	return b.t
}

// builder puts events in their places.
type builder struct {
	t     *Timeline
	index map[Ref]int
}

// addFrames adds the frames of all conversations in capture order.
func (b *builder) addFrames(convs []*flow.Conversation) {
	var frames []Event
	for _, conv := range convs {
		for i := range conv.Rows {
			frames = append(frames, Event{Ref: Ref{FrameSeen, conv.Rows[i].Frame}, Time: conv.Rows[i].Time})
		}
		for i := range conv.ICMP {
			frames = append(frames, Event{Ref: Ref{FrameSeen, conv.ICMP[i].Frame}, Time: conv.ICMP[i].Time})
		}
	}
	slices.SortFunc(frames, func(x, y Event) int { return cmp.Compare(x.Number, y.Number) })
	for _, e := range frames {
		b.add(e)
	}
}

func (b *builder) add(e Event) {
	if _, twice := b.index[e.Ref]; twice {
		return
	}
	e.at = e.Time
	b.index[e.Ref] = len(b.t.Events)
	b.t.Events = append(b.t.Events, e)
}

// maxRounds bounds the repair: a chain of causes is as long as one exchange of calls and packets.
const maxRounds = 32

// settle delays effects that precede their causes, then sorts.
func (b *builder) settle(cons []Constraint) {
	for range maxRounds {
		delayed := b.delay(cons)
		if !b.keepOwnOrder() && !delayed {
			break
		}
	}
	slices.SortStableFunc(b.t.Events, func(x, y Event) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Number, y.Number))
	})
	for _, c := range cons {
		if c.By > Tolerance {
			b.t.Broken = append(b.t.Broken, c)
		}
	}
}

// delay moves each effect behind its cause where the stamps differ by no more than Tolerance.
func (b *builder) delay(cons []Constraint) (moved bool) {
	for i := range cons {
		c := &cons[i]
		from, ok := b.index[c.Cause]
		to, ok2 := b.index[c.Effect]
		if !ok || !ok2 {
			continue
		}
		cause, effect := &b.t.Events[from], &b.t.Events[to]
		by := cause.at.Sub(effect.at)
		switch {
		case by < 0:
		case cause.at.Sub(effect.Time) > Tolerance:
			c.By = by
		default:
			effect.at, effect.Adjusted, moved = cause.at+1, true, true
		}
	}
	return moved
}

// keepOwnOrder moves what follows a delayed event in its own source: the calls of an actor one after the other, frames
// in capture order.
func (b *builder) keepOwnOrder() (moved bool) {
	latest := map[string]capture.Stamp{}
	for i := range b.t.Events {
		e := &b.t.Events[i]
		prev, ok := latest[e.actor]
		if ok && e.at <= prev && prev.Sub(e.Time) <= Tolerance {
			e.Adjusted = e.Adjusted || e.Time < prev
			e.at, moved = prev+1, true
		}
		latest[e.actor] = max(prev, e.at)
	}
	return moved
}
