package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/bundle"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
	"tcplab/capture/live"
	"tcplab/session"
)

// listening tries to listen on an address as a server does, and says why that does not work. Nothing is sent, so no right
// to capture is needed.
type listening struct {
	output output
}

// ways are the options that servers try, and the actor that tries each: what really helps is found out, not guessed.
var ways = []struct{ actor, option string }{{"server", ""}, {"reuseaddr", "SO_REUSEADDR"}, {"reuseport", "SO_REUSEPORT"}}

func (l *listening) run(ctx context.Context, a *app, text string) error {
	if strings.HasPrefix(text, ":") {
		text = "0.0.0.0" + text
	}
	servers, err := server(ctx, text)
	if err != nil {
		return err
	}
	at := servers[0]
	result, err := session.Run(ctx, listenPlan(at), session.Hooks{Snapshot: func(when string) hostfacts.Facts {
		return live.Snapshot(live.FactsOptions{When: when})
	}})
	if err != nil {
		return err
	}
	e := &evidence{Bundle: bundle.Bundle{Calls: by(result.Calls, "server"), Facts: result.Facts, About: capture.About{
		Schema: bundle.Schema, Tool: toolVersion(), Kernel: kernel(), Before: result.Before, After: result.After,
		Scenario: capture.Scenario{Name: "listen", Title: "a server that listens on " + at.String()}}}}
	rep, err := e.report(ctx)
	if err != nil {
		return err
	}
	if len(rep.Findings) == 0 && l.output.format == "text" {
		return l.output.to(&a.env, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, " no fault found\n tried       socket, bind and listen on %s\n             succeed: nothing keeps a server from it\n", at)
			return err
		})
	}
	for i := range rep.Findings {
		addWays(&rep.Findings[i], result.Calls)
	}
	return errors.Join(l.output.report(&a.env, rep), l.output.failOn.met("diagnose", rep))
}

// listenPlan tries the ways one after the other, each in a process of its own.
func listenPlan(at netip.AddrPort) session.Plan {
	plan := session.Plan{Name: "listen", Target: at}
	for i, w := range ways {
		var steps []session.Step
		if i > 0 {
			steps = append(steps, session.Await(ways[i-1].actor+":exited"))
		}
		steps = append(steps, session.Socket("listener", at))
		if w.option != "" {
			steps = append(steps, session.SetOption("listener", w.option, 1))
		}
		steps = append(steps, session.Bind("listener", at).OrExit(0), session.Listen("listener", 1).OrExit(0), session.Close("listener"))
		plan.Actors = append(plan.Actors, session.Script{Actor: w.actor, Steps: steps})
	}
	return plan
}

// by are the calls of one actor.
func by(all []calls.Call, actor string) []calls.Call {
	return slices.DeleteFunc(slices.Clone(all), func(c calls.Call) bool { return c.Actor != actor })
}

// addWays adds to a finding what came of the other ways, which were tried just now.
func addWays(f *report.Finding, all []calls.Call) {
	var helps, fails []string
	for _, w := range ways[1:] {
		made := by(all, w.actor)
		bad := slices.IndexFunc(made, func(c calls.Call) bool { return c.Errno != 0 })
		if bad >= 0 {
			fails = append(fails, w.option+" does not help: "+diagnose.SeenBy(&made[bad]))
			continue
		}
		helps = append(helps, w.option+" helps: with it bind and listen succeed")
	}
	for _, text := range append(helps, fails...) {
		f.Evidence = append(f.Evidence, text+" (tried just now)")
	}
}
