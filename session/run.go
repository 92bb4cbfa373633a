package session

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tcplab/capture"
	"tcplab/capture/calls"
)

// run is one execution of a plan.
type run struct {
	plan     Plan
	hooks    Hooks
	news     chan news
	starting sync.Mutex // guards actors while they start
	actors   []*process
	capture  Capture
	recorder calls.Recorder
	result   *Result
	alive    int
	listened map[string]bool // programs that were seen to
	awaited  map[string]bool // events that some script waits for
}

// relay gives the start and then serves the actors until the last one has ended. When ctx ends first, it kills them.
func (r *run) relay(ctx context.Context) error {
	pids := map[string]int{}
	for _, p := range r.actors {
		if p.pid > 0 { // a forked one is told of when it is there
			pids[p.name] = p.pid
		}
	}
	r.tell(order{PIDs: pids})
	r.happen(eventGo)
	for r.alive > 0 {
		select {
		case n := <-r.news:
			r.serve(n)
		case <-ctx.Done():
			r.unready()
			r.killAll()
			r.reap()
			return ctx.Err()
		}
	}
	return nil
}

// serve handles one piece of news.
func (r *run) serve(n news) {
	switch name := n.from.name; {
	case n.ended:
		r.alive--
		r.tell(order{Gone: name})
		r.happen(exited(name))
	case n.stopped:
		r.happen(stopped(name))
	default:
		r.take(n.from, n.report)
	}
}

// take handles one report of an actor.
func (r *run) take(from *process, rep report) {
	switch {
	case rep.Begin != nil:
		r.recorder.Begin(*rep.Begin)
		r.watch(from, rep.Begin)
	case rep.End != nil:
		r.recorder.End(*rep.End)
		r.afterCall(from, rep.End)
	case rep.View != nil:
		r.result.Views = append(r.result.Views, *rep.View)
	case rep.Event != "":
		r.happen(rep.Event)
	case rep.Facts != "":
		r.snapshot(rep.Facts)
		r.happen("facts:" + rep.Facts)
	case rep.Child != nil:
		r.child(*rep.Child)
	case rep.Program != nil:
		from.program = rep.Program
	case rep.Output != nil:
		from.write(rep.Output)
	case rep.Ready != nil:
		r.result.Listening = append(r.result.Listening, rep.Ready...)
		r.listened[from.name] = true
		r.happen(ready(from.name))
	case rep.Warning != "":
		r.warn(rep.Warning)
	case rep.Failed != "":
		from.exit.Error = rep.Failed
	}
}

// child keeps what an actor says of one that it forked.
func (r *run) child(exit capture.ActorExit) {
	for _, p := range r.actors {
		if p.name == exit.Name {
			exit.Error = p.exit.Error
			p.exit = exit
			r.tell(order{PIDs: map[string]int{exit.Name: exit.PID}})
		}
	}
}

// afterCall makes the event that a listener is ready, where somebody waits for it: listen returned 0 and the kernel's
// table shows the socket.
func (r *run) afterCall(from *process, c *calls.Call) {
	if c.Op != "listen" || c.Errno != 0 || !r.awaited[listening(from.name)] && r.hooks.Listening == nil {
		return
	}
	ok, err := listens(from.pid, c.Local)
	if err != nil || !ok {
		r.result.Warnings = append(r.result.Warnings,
			fmt.Sprintf("listen returned 0, but the socket table does not show %s as a listener (%v)", c.Local, err))
	}
	if ok && r.hooks.Listening != nil {
		r.hooks.Listening(c.Local)
	}
	r.happen(listening(from.name))
}

// happen relays an event to every actor.
func (r *run) happen(event string) {
	r.tell(order{Event: event, At: capture.StampOf(time.Now())})
}

// tell sends o to every actor.
func (r *run) tell(o order) {
	for _, p := range r.actors {
		p.order(o)
	}
}

// warn adds a warning that is not there yet: several actors can have the same to say.
func (r *run) warn(text string) {
	if !slices.Contains(r.result.Warnings, text) {
		r.result.Warnings = append(r.result.Warnings, text)
	}
}

// unready names the programs that were not started because the one they wait for never listened.
func (r *run) unready() {
	for _, s := range r.plan.Actors {
		// A forked actor that was never born, and one that only exits, has no first step.
		if len(s.Steps) == 0 || s.Steps[0].Op != "await-ready" || r.listened[s.Steps[0].Event] {
			continue
		}
		r.warn(fmt.Sprintf("the %s never listened on a TCP port nor waited on a UDP one, so the %s was not started", s.Steps[0].Event, s.Actor))
	}
}

func (r *run) killAll() {
	for _, p := range r.actors {
		p.kill()
	}
}

// reap takes in what killed actors had still said and waits until they are gone.
func (r *run) reap() {
	for r.alive > 0 {
		r.serve(<-r.news)
	}
}
