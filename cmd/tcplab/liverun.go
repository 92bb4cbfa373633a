package main

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"

	"tcplab/capture"
	"tcplab/capture/bundle"
	"tcplab/capture/hostfacts"
	"tcplab/capture/live"
	"tcplab/session"
	"tcplab/session/lab"
)

// liveRun is a run under capture: what is run, and where its packets travel.
type liveRun struct {
	what       capture.Scenario
	iface, why string // the interface, and how it was chosen
	snaplen    int    // bytes of each packet to capture, 0 for all
	filter     string // the capture's
	targets    []netip.Addr
	hosts      *hosts // the lab it runs in, nil for this machine
	others     []hostfacts.Facts
	side       string             // "client" or "server", when the other one runs on another machine
	alone      bool               // nobody else is in its network
	listening  func(local string) // is told of each listener; nil: nobody asks
	blind      error              // why nothing is captured, nil when it is
}

// inLab makes the run one between the hosts of a lab.
func (l *liveRun) inLab(h *hosts) {
	l.hosts, l.iface, l.alone = h, h.iface(), true
	where := "the " + h.end() + "'s end of the cable"
	switch {
	case h.bothEnds():
		where = "both ends of the cable"
	case middle[h.end()] != "":
		where = "the " + h.end() + "'s side of the client"
	}
	l.why = where + " in a lab of two hosts (--hosts " + h.topology + ")"
}

// place finds the interface on which packets to the targets will travel, or checks the one asked for.
func (l *liveRun) place(asked string) (err error) {
	l.iface, l.why = asked, "asked for with --iface"
	for i, target := range l.targets {
		if asked != "" {
			if err := live.CheckIface(asked, target); err != nil {
				return err
			}
			continue
		}
		iface, why, err := live.Choose(target)
		if err != nil {
			return err
		}
		if i > 0 && iface != l.iface {
			l.iface, l.why = live.Any, "the addresses are reached through several interfaces"
			return nil
		}
		l.iface, l.why = iface, why
	}
	return nil
}

// perform runs plan under capture. The evidence is not nil as soon as anything was recorded, also with an error.
func (l *liveRun) perform(ctx context.Context, plan session.Plan) (*evidence, error) {
	var rec *recording
	var far *recording // at the server's end, where both are captured
	reasons := startTracing()
	hooks := session.Hooks{Snapshot: l.snapshot, Listening: l.listening, OpenCapture: func(filter string) (c session.Capture, err error) {
		if l.blind != nil {
			rec = &recording{}
			return unseen{}, nil
		}
		if rec, err = l.record(filter); err != nil {
			return nil, err
		}
		reasons.await()
		if l.hosts != nil && l.hosts.bothEnds() {
			if far, err = l.hosts.record("server", l.filter); err != nil {
				return nil, err
			}
			return recordings{rec, far}, nil
		}
		return rec, nil
	}}
	if l.hosts != nil {
		plan.Place("client", "server")
		hooks.Enter = l.hosts.enter
	}
	result, err := session.Run(ctx, plan, hooks)
	if rec == nil {
		reasons.finish(&hostfacts.Facts{}, result.After, nil, true)
		return nil, err
	}
	var fates []capture.Fate
	if l.hosts != nil {
		fates = l.hosts.lab.Fates()
	}
	reasons.finish(&result.Facts[len(result.Facts)-1], result.After, seenIn(rec.frames, fates), l.alone || lab.Sealed())
	e := l.evidence(plan, result, rec)
	e.Fates = fates
	if far != nil {
		e.far, _ = ours(far.frames, result.Calls, result.Listening)
		e.About.Dropped += far.dropped()
	}
	e.About.Late = errors.Is(err, session.ErrDeadline)
	if errors.Is(err, context.Canceled) {
		e.About.Interrupted = true
		e.About.Warnings = append(e.About.Warnings, "interrupted: the run was ended before its end, and what is missing at the end of a connection was not captured")
	}
	return e, err
}

func (l *liveRun) record(filter string) (*recording, error) {
	l.filter = filter
	if l.hosts != nil {
		l.filter += labFilter
		return l.hosts.record(l.hosts.end(), l.filter)
	}
	o := live.Options{SnapLen: l.snaplen}
	if l.side != "" {
		o.Quiet = labSilence
	}
	return record(l.iface, filter, o)
}

// snapshot takes the facts of the host; in a lab those of the server's, and keeps the client's beside.
func (l *liveRun) snapshot(when string) hostfacts.Facts {
	if l.hosts == nil {
		o := live.FactsOptions{Host: l.side, When: when, Routes: l.targets}
		if lab.Sealed() { // its network is its own: what listens in those of others has nothing to do with it
			o.Among = []string{}
		}
		return live.Snapshot(o)
	}
	server, client := l.hosts.facts(when, l.targets)
	l.others = append(l.others, client)
	return server
}

// evidence collects what a run left.
func (l *liveRun) evidence(plan session.Plan, r *session.Result, rec *recording) *evidence {
	// the actors race each other to report what they saw: by name the order is the same in every run
	slices.SortStableFunc(r.Views, func(a, b capture.KernelView) int { return cmp.Compare(a.Actor, b.Actor) })
	frames, foreign := rec.frames, ""
	if l.side != "server" && !l.alone { // whoever came to a server came to it, also without being accepted
		frames, foreign = ours(rec.frames, r.Calls, r.Listening)
	}
	if foreign != "" {
		r.Warnings = append(r.Warnings, foreign)
	}
	if l.blind != nil {
		r.Warnings = append(r.Warnings, "no packet was captured, so the calls and this host's tables are all there is to judge by: "+l.blind.Error()+"; "+rightHint())
	}
	at := ""
	if l.hosts != nil {
		at = l.hosts.end()
	}
	return &evidence{frames: frames, Bundle: bundle.Bundle{Calls: r.Calls, Facts: append(r.Facts, l.others...), About: capture.About{
		Schema: bundle.Schema, Tool: toolVersion(), Kernel: kernel(), Scenario: l.what, Side: l.side, Until: rec.until,
		Iface: l.iface, IfaceWhy: l.why, Filter: l.filter, Drained: r.Drained, At: at,
		Dropped: rec.dropped(), Before: r.Before, After: r.After,
		Actors: r.Exits, Views: r.Views, Warnings: r.Warnings,
	}}}
}
