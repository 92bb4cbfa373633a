// Package session makes evidence: it runs a TCP client and server as processes of their own, lets each make plain
// blocking system calls, and returns the record of every call beside the kernel's own view of the connection.
//
// An actor is this same program started again. main calls ActorMain when ActorRequested, before anything else; a test
// binary does so in TestMain. Peers meet on named events that the parent relays, never by sleeping.
package session

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// Capture records packets from the moment it is opened: what is sent afterwards is in it.
type Capture interface {
	// Drain reads until the traffic has been seen in full or nothing more comes, and says which ended it. Run calls it
	// once, after the last actor has ended.
	Drain(ctx context.Context, want Traffic) (why string, err error)
}

// Hooks are what a run needs of the layers that session does not import. Any of them may be nil.
type Hooks struct {
	// OpenCapture starts a capture with a libpcap filter.
	OpenCapture func(filter string) (Capture, error)
	// Snapshot takes the facts of the host; when is "before", "after" or a scenario's own word.
	Snapshot func(when string) hostfacts.Facts
	// Listening is told of each listener that the kernel's socket table shows, by its address.
	Listening func(local string)
	// Enter moves the calling thread into a host of a lab; the thread ends with the run. Needed when scripts name hosts.
	Enter func(host string) error
}

// Result is the evidence of a run.
type Result struct {
	Calls     []calls.Call // by Begin over all actors, numbered from 1
	Exits     []capture.ActorExit
	Views     []capture.KernelView
	Facts     []hostfacts.Facts
	Before    capture.ClockSnapshot
	After     capture.ClockSnapshot
	Listening []netip.AddrPort // where programs of the user's were seen to listen
	Traffic   Traffic          // what the calls say was sent
	Drained   string           // what ended the capture, "" without one
	Warnings  []string
}

// ErrDeadline is returned with the result so far when the exchange did not end in the plan's time.
var ErrDeadline = errors.New("the exchange did not end in time")

// defaultDeadline is ample for an exchange on one machine and short enough to wait for.
const defaultDeadline = 10 * time.Second

// Run executes plan: facts, capture, actors, facts. The result is valid also with an error: it holds what happened until
// then. When ctx is cancelled or the deadline passes, all actors are killed and none is left when Run returns.
func Run(ctx context.Context, plan Plan, hooks Hooks) (*Result, error) {
	r := &run{plan: plan, hooks: hooks, news: make(chan news, 64), awaited: awaitedEvents(plan.Actors), listened: map[string]bool{},
		result: &Result{Before: clocks()}}
	err := r.perform(ctx)
	drainErr := r.drain(ctx)
	r.snapshot("after")
	r.result.After = clocks()
	return r.result, errors.Join(err, drainErr)
}

// open takes the first facts and starts the capture.
func (r *run) open() error {
	r.snapshot("before")
	if r.hooks.OpenCapture == nil {
		return nil
	}
	c, err := r.hooks.OpenCapture(r.plan.Filter())
	if err != nil {
		return err
	}
	r.capture = c
	return nil
}

// drain finishes the record and lets the capture read the rest.
func (r *run) drain(ctx context.Context) error {
	r.result.Calls = r.recorder.Calls()
	r.result.Traffic = traffic(r.result.Calls)
	for _, p := range r.actors {
		r.result.Exits = append(r.result.Exits, p.ended())
	}
	// The order of the plan, not that in which actors happened to report.
	slices.SortStableFunc(r.result.Exits, func(a, b capture.ActorExit) int { return r.place(a.Name) - r.place(b.Name) })
	slices.SortStableFunc(r.result.Views, func(a, b capture.KernelView) int { return r.place(a.Actor) - r.place(b.Actor) })
	if r.capture == nil {
		return nil
	}
	why, err := r.capture.Drain(ctx, r.result.Traffic)
	r.result.Drained = why
	return err
}

// place is an actor's place in the plan; a thread has its actor's.
func (r *run) place(name string) int {
	actor, _, _ := strings.Cut(name, "/")
	return slices.IndexFunc(r.plan.Actors, func(s Script) bool { return s.Actor == actor })
}

func (r *run) snapshot(when string) {
	if r.hooks.Snapshot != nil {
		r.result.Facts = append(r.result.Facts, r.hooks.Snapshot(when))
	}
}

// clocks reads both clocks as close together as the machine allows: on a busy one the reader can lose its processor between
// the two, which would look like a step of the wall clock. Of some readings the quickest is taken.
func clocks() (closest capture.ClockSnapshot) {
	const readings = 8
	least := int64(math.MaxInt64)
	for range readings {
		before := monotonic()
		wall := capture.StampOf(time.Now())
		if took := monotonic() - before; took < least {
			least, closest = took, capture.ClockSnapshot{Wall: wall, Monotonic: before + took/2}
		}
	}
	return closest
}

func monotonic() int64 {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // cannot fail for this clock
	return now.Nano()
}
