package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
)

// perform starts the actors, opens the capture while they start, and returns when the last actor has ended.
func (r *run) perform(ctx context.Context) error {
	release := make(chan struct{})
	defer close(release)
	hosts := hostsOf(r.plan.Actors)
	started := make(chan error, len(hosts))
	for _, host := range hosts {
		go r.start(host, started, release)
	}
	failed := []error{r.open()}
	for range hosts {
		failed = append(failed, <-started)
	}
	r.alive = len(r.actors)
	if err := errors.Join(failed...); err != nil {
		r.killAll()
		r.reap()
		return err
	}
	return r.exchange(ctx)
}

// exchange lets the actors act, as long as the plan gives them: what it takes to start them is none of their time.
func (r *run) exchange(ctx context.Context) error {
	limited, cancel := context.WithTimeoutCause(ctx, cmp.Or(r.plan.Deadline, defaultDeadline), ErrDeadline)
	defer cancel()
	err := r.relay(limited)
	if err != nil && limited.Err() != nil {
		err = fmt.Errorf("%s: %w", r.plan.Name, context.Cause(limited))
	}
	return err
}

// hostsOf lists the hosts that scripts name, each once.
func hostsOf(scripts []Script) (hosts []string) {
	for _, s := range scripts {
		if !slices.Contains(hosts, s.Host) {
			hosts = append(hosts, s.Host)
		}
	}
	return hosts
}

// start forks the actors of one host on a thread that lives until release: PDEATHSIG kills a child when the thread that
// forked it ends, not only when the process does. A thread that has entered another host is never given back.
func (r *run) start(host string, started chan<- error, release <-chan struct{}) {
	runtime.LockOSThread()
	if host == "" {
		defer runtime.UnlockOSThread()
	}
	started <- r.startOn(host)
	<-release
}

func (r *run) startOn(host string) error {
	if host != "" {
		if r.hooks.Enter == nil {
			return fmt.Errorf("actors are to run on %s, but there is no lab", host)
		}
		if err := r.hooks.Enter(host); err != nil {
			return fmt.Errorf("enter %s: %w", host, err)
		}
	}
	for _, s := range r.plan.Actors {
		if s.Host != host || s.ForkedBy != "" {
			continue
		}
		if err := r.startActor(s); err != nil {
			return err
		}
	}
	return nil
}

// startActor starts one actor with its own pipes and those of the actors it will fork.
func (r *run) startActor(s Script) error {
	scripts := []Script{s}
	for _, child := range r.plan.Actors {
		if child.ForkedBy == s.Actor {
			scripts = append(scripts, child)
			scripts[0].Children = append(scripts[0].Children, child.Actor)
		}
	}
	var group []*process
	var inherit []pipes
	defer func() {
		for _, p := range inherit {
			p.close()
		}
	}()
	for _, s := range scripts {
		p, ends, err := newProcess(s.Actor)
		if err != nil {
			return err
		}
		p.forked = s.ForkedBy != ""
		group, inherit = append(group, p), append(inherit, ends)
	}
	if err := group[0].start(inherit); err != nil {
		return err
	}
	r.starting.Lock()
	r.actors = append(r.actors, group...)
	r.starting.Unlock()
	for i, p := range group {
		p.order(order{Script: &scripts[i]})
		go p.follow(r.news)
	}
	return nil
}
