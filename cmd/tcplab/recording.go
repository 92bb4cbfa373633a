package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"tcplab/capture"
	"tcplab/capture/live"
	"tcplab/session"
)

// drainLimit is how long a capture waits, after both ends have finished, for traffic that their calls say was sent; while it
// waits it looks every drainLook whether that can still come.
const (
	drainLimit = time.Second
	drainLook  = 50 * time.Millisecond
)

// recording keeps the frames of a run. It is the session's Capture: recording starts before the first actor does.
type recording struct {
	handle   *live.Handle
	ended    chan error                             // the reader is done; its error unless the capture simply ended
	news     chan struct{}                          // something was recorded since the last look
	until    capture.Stamp                          // all that passed before was recorded; set by Drain
	comes    func(session.Flow, time.Duration) bool // whether more of a flow can come within a time
	underway func() bool                            // whether frames are in a cable of ours

	mu     sync.Mutex // guards what follows while the reader runs
	frames []capture.Frame
	seen   witness
}

// record starts a capture. When it returns, the kernel records.
func record(iface, filter string, o live.Options) (*recording, error) {
	handle, err := live.OpenWith(iface, filter, o)
	if err != nil {
		return nil, err
	}
	r := &recording{handle: handle, ended: make(chan error, 1), news: make(chan struct{}, 1), seen: witness{}, comes: session.Flow.Underway,
		underway: func() bool { return false }}
	go func() { r.ended <- r.follow() }()
	return r, nil
}

// follow reads frames until the capture ends.
func (r *recording) follow() error {
	for {
		var f capture.Frame
		if err := r.handle.Next(&f); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		f.Data = bytes.Clone(f.Data)
		r.mu.Lock()
		r.frames = append(r.frames, f)
		r.seen.frame(&f)
		r.mu.Unlock()
		select {
		case r.news <- struct{}{}:
		default: // the last news has not been looked at yet
		}
	}
}

// Drain waits until all that the ends say they sent was seen, then reads on until the wire is silent.
func (r *recording) Drain(ctx context.Context, want session.Traffic) (string, error) {
	why := r.await(ctx, want)
	r.until = capture.StampOf(time.Now())
	r.handle.Stop()
	err := <-r.ended
	if left, _ := r.missing(want); left == "" { // the last of it was read since
		why = allSeen
	}
	if err == nil && !r.handle.Drained() {
		why += ", traffic went on"
	}
	return why, errors.Join(err, r.handle.Close())
}

func (r *recording) await(ctx context.Context, want session.Traffic) string {
	end := time.Now().Add(drainLimit)
	look := time.NewTicker(drainLook)
	defer look.Stop()
	for {
		missing, of := r.missing(want)
		if missing == "" && !r.underway() {
			return allSeen
		}
		select {
		case <-r.news:
		case <-ctx.Done():
			return "interrupted"
		case <-look.C:
			left := time.Until(end)
			switch {
			case missing == "" && left > 0: // what is in the cable was sent by the kernel alone, or by the cable itself
			case missing == "":
				return allSeen
			case !slices.ContainsFunc(of, func(f session.Flow) bool { return r.comes(f, left) }):
				return "all that can still come was seen, without " + missing
			case left <= 0:
				return fmt.Sprintf("%v after the last call without %s", drainLimit, missing)
			}
		}
	}
}

// allSeen is said of a capture that has everything.
const allSeen = "all that the ends sent was seen"

// missing names the first thing the calls promise that has not been captured yet, "" when there is none, and the flows that lack
// something.
func (r *recording) missing(want session.Traffic) (first string, of session.Traffic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, flow := range want {
		if what := r.seen.missing(flow); what != "" {
			first, of = cmp.Or(first, what), append(of, flow)
		}
	}
	return first, of
}

// dropped is how many frames the kernel had no room for.
func (r *recording) dropped() uint64 {
	if r.handle == nil {
		return 0
	}
	return r.handle.Stats().KernelDropped
}

// unseen is the capture of a run that nobody may capture: it sees nothing, and there is nothing to wait for.
type unseen struct{}

// Drain returns at once.
func (unseen) Drain(context.Context, session.Traffic) (string, error) {
	return "nothing was captured", nil
}

// recordings are captures of one run at several places.
type recordings []*recording

// Drain drains each of them: what one has seen in full may still be on its way to the other.
func (all recordings) Drain(ctx context.Context, want session.Traffic) (why string, err error) {
	for _, r := range all {
		var failed error
		why, failed = r.Drain(ctx, want)
		err = errors.Join(err, failed)
	}
	return why, err
}
