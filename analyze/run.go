package analyze

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tcplab/analyze/report"
	"tcplab/analyze/timeline"
	"tcplab/analyze/wire"
	"tcplab/capture"
	"tcplab/capture/calls"
)

// addRun adds what only a run knows: who ran, the calls, and calls and packets in one order.
func (r *run) addRun(rep *report.Report) {
	a := r.in.About
	if a == nil {
		return
	}
	rep.Run = &report.Run{Kernel: a.Kernel, Iface: a.Iface, IfaceWhy: a.IfaceWhy, Filter: a.Filter, Drained: a.Drained, At: a.At, Interrupted: a.Interrupted, Late: a.Late,
		Side: a.Side}
	rep.Scenario = &report.Scenario{Name: a.Scenario.Name, Title: a.Scenario.Title, Variant: a.Scenario.Variant,
		Cause: a.Scenario.Cause, Params: a.Scenario.Params, FreePort: a.Scenario.FreePort}
	for _, x := range a.Actors {
		rep.Actors = append(rep.Actors, report.Actor{Name: x.Name, PID: x.PID, Error: x.Error, Zombie: x.Zombie,
			Exit: report.Exit{Status: x.Status, Signal: x.Signal}, Command: x.Command, EndedBy: x.EndedBy, Output: output(x.Output)})
	}
	for _, v := range a.Views {
		if v.State != listening {
			rep.Kernel = append(rep.Kernel, report.KernelView(v))
		}
	}
	rep.Listeners, rep.Hosts = r.listeners(), r.hosts()
	t := timeline.Merge(r.in.Calls, r.convs)
	for i := range r.in.Calls {
		rep.Calls = append(rep.Calls, call(&r.in.Calls[i], t.Causes))
	}
	for _, e := range t.Events {
		rep.Timeline = append(rep.Timeline, report.Event{Kind: e.Kind.String(), Number: e.Number, Adjusted: e.Adjusted})
	}
	for _, b := range t.Broken {
		rep.Warnings = append(rep.Warnings, fmt.Sprintf("the stamps of %s %d and %s %d contradict each other by %v (%s): nothing is concluded from their order",
			b.Cause.Kind, b.Cause.Number, b.Effect.Kind, b.Effect.Number, b.By, b.Why))
	}
}

// output is what a program wrote, as text.
func output(pieces []capture.Output) (list []report.Output) {
	for _, o := range pieces {
		list = append(list, report.Output{Time: o.At.Time(), Stream: o.Stream, Text: strings.ToValidUTF8(string(o.Data), "\uFFFD")})
	}
	return list
}

func call(c *calls.Call, causes map[uint32][]uint32) report.Call {
	out := report.Call{Number: c.Number, Actor: c.Actor, Op: c.Op, Proto: c.Proto, Args: c.Args, Begin: c.Begin.Time(), CausesFrames: causes[c.Number]}
	if out.CausesFrames == nil {
		out.CausesFrames = []uint32{}
	}
	if c.End != 0 {
		out.End, out.Result = timePtr(c.End.Time()), strconv.Itoa(c.N)
	}
	if c.Errno != 0 {
		out.Errno = calls.ErrnoName(c.Errno)
	}
	return out
}

// warnings says what the evidence lacks.
func (r *run) warnings() []string {
	var w []string
	if n := r.tally.kinds[wire.UnknownLink]; n > 0 {
		w = append(w, fmt.Sprintf("%d of %d frames have a link type that is not decoded", n, r.tally.frames))
	}
	a := r.in.About
	if a == nil {
		if st := r.stats; st.KernelDropped > 0 {
			w = append(w, fmt.Sprintf("the capture file says that %d frames were dropped while it was written", st.KernelDropped))
		}
		return w
	}
	w = append(w, a.Warnings...)
	if by := capture.Stepped(a.Before, a.After); by > time.Millisecond || by < -time.Millisecond {
		w = append(w, fmt.Sprintf("the wall clock was stepped by %v during the run: times before and after do not compare", by))
	}
	return w
}

// lost says which frames of a run are known to be missing from its capture.
func (r *run) lost() []string {
	a := r.in.About
	if a == nil {
		return nil
	}
	var w []string
	if a.Dropped > 0 {
		w = append(w, fmt.Sprintf("the kernel dropped %d frames: the capture is not complete", a.Dropped))
	}
	return append(w, r.reconcile()...)
}
