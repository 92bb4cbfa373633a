package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tcplab/analyze/diagnose"
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/live"
	"tcplab/session"
)

// doctor names the run of an attempt.
const doctor = "diagnose"

// mostAddresses bounds how many addresses of a name are tried.
const mostAddresses = 8

// attempt connects once to each address of a server, under capture, and says why that did not work.
type attempt struct {
	iface   string
	from    string // the address to connect from, "" leaves it to the kernel
	save    string // directory for the evidence, "" keeps none
	timeout time.Duration
	output  output
}

func noPort(service string) error {
	return usage("a port is a number from 1 to 65535 or a name of /etc/services", "diagnose: %q is no port", service)
}

// server takes HOST:PORT apart and resolves the host as other programs do, in the order in which they try its addresses.
func server(ctx context.Context, text string) ([]netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(text)
	if err != nil {
		return nil, usage("write HOST:PORT, or [ADDRESS]:PORT for IPv6", "diagnose: %q is neither a file nor HOST:PORT", text)
	}
	if number, err := strconv.ParseUint(service, 10, 64); err == nil && number > math.MaxUint16 { // the C library would take it modulo 65536
		return nil, noPort(service)
	}
	servers, err := live.Resolve(ctx, host, service)
	switch {
	case errors.Is(err, live.ErrService), len(servers) > 0 && servers[0].Port() == 0:
		return nil, noPort(service)
	case err != nil:
		return nil, failed(fmt.Errorf("diagnose: %s: the name does not resolve: %w", host, err), "getent ahosts "+host+" asks as programs do")
	}
	return servers[:min(len(servers), mostAddresses)], nil
}

// source is the address to connect from, and those of the servers that it can reach: of its own family.
func (t *attempt) source(servers []netip.AddrPort) (netip.Addr, []netip.AddrPort, error) {
	if t.from == "" {
		return netip.Addr{}, servers, nil
	}
	from, err := netip.ParseAddr(t.from)
	if err != nil {
		return from, nil, usage("ip -br addr lists the addresses of this host", "diagnose: --from %q is no address", t.from)
	}
	reachable := slices.DeleteFunc(slices.Clone(servers), func(s netip.AddrPort) bool { return s.Addr().Is4() != from.Unmap().Is4() })
	if len(reachable) == 0 {
		return from, nil, usage("use an address of the server's own family", "diagnose: --from %s is IPv%c, and the server has no such address", from, family(from))
	}
	return from.Unmap(), reachable, nil
}

func family(a netip.Addr) byte {
	if a.Unmap().Is4() {
		return '4'
	}
	return '6'
}

// run makes the attempt and reports it. That the time was over before an answer came is a result, not an error.
func (t *attempt) run(ctx context.Context, a *app, text string) error {
	servers, err := server(ctx, text)
	if err != nil {
		return err
	}
	from, servers, err := t.source(servers)
	if err != nil {
		return err
	}
	l := &liveRun{what: capture.Scenario{Name: doctor, Title: "one connection attempt to " + text,
		Params: map[string]string{"server": text}}}
	for _, s := range servers {
		l.targets = append(l.targets, s.Addr())
	}
	if err := l.place(t.iface); err != nil {
		if t.iface != "" {
			return advised(err)
		}
		l.iface, l.why = live.Any, err.Error() // no route is a finding, not the end
	}
	plan := attemptPlan(servers, from, t.timeout)
	e, err := l.perform(ctx, plan)
	if e == nil && errors.Is(err, live.ErrPermission) && t.iface == "" {
		l.blind, l.iface, l.why = err, "", "" // the calls and this host's tables can tell much
		e, err = l.perform(ctx, plan)
	}
	if e == nil {
		return unsealed(err)
	}
	if t.save != "" {
		if err := e.save(t.save); err != nil {
			return err
		}
	}
	rep, bad := e.report(context.WithoutCancel(ctx))
	if bad != nil {
		return bad
	}
	early := ""
	if errors.Is(err, session.ErrDeadline) {
		err, early = nil, tooEarly(rep, t.timeout)
	}
	if early != "" {
		rep.Warnings = append(rep.Warnings, early)
		err = incomplete(errors.New("diagnose: "+early), "--connect-timeout 10s waits longer: until the kernel gives up the search for a neighbour, and repeats a SYN")
	}
	wrote := t.output.to(&a.env, func(w io.Writer) error {
		if t.output.format != "text" {
			return t.output.write(w, &a.env, rep)
		}
		if early != "" { // nothing was found out: that there is no fault would be a lie
			_, err := fmt.Fprintf(w, " no verdict yet: %s\n", strings.TrimSuffix(early, ": too early to say why"))
			return errors.Join(err, tried(w, text, servers, e.Calls, t.timeout))
		}
		return errors.Join(t.output.write(w, &a.env, rep), tried(w, text, servers, e.Calls, t.timeout))
	})
	return errors.Join(wrote, t.output.failOn.met("diagnose", rep), cutShort("diagnose", err, rep))
}

// tooEarly says what was still to come when the time was over, "" when enough was seen for a verdict.
func tooEarly(rep *report.Report, limit time.Duration) string {
	causes := slices.Clone(rep.Findings)
	for i := range rep.Connections {
		causes = append(causes, rep.Connections[i].Findings...)
	}
	waits := "connect() had not ended after " + limit.String()
	switch {
	case len(causes) == 0 && len(rep.Connections) == 0:
		return waits + ", and no SYN was seen: too early to say why"
	case len(causes) > 0 && !slices.ContainsFunc(causes, func(f report.Finding) bool { return f.Cause != "capture-ends-early" }):
		return waits + ", and an answer may come: too early to say why"
	}
	return ""
}

// tried says in a line what came of each address, and where a name led to.
func tried(w io.Writer, asked string, servers []netip.AddrPort, made []calls.Call, limit time.Duration) error {
	var text strings.Builder
	text.WriteByte('\n')
	if _, err := netip.ParseAddrPort(asked); err != nil {
		fmt.Fprintf(&text, " resolved    by %s, in the order programs try them\n", live.Resolver)
	}
	for _, s := range servers {
		what := "not tried: " + s.String() + " had no call of its own"
		for i := range made {
			if c := &made[i]; c.Op == "bind" && c.Errno != 0 {
				what = "not tried: " + diagnose.SeenBy(c)
			} else if c.Op == "connect" && diagnose.Asked(c) == s {
				what = outcome(c, limit)
			}
		}
		fmt.Fprintf(&text, " tried       %-24s %s\n", s, what)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// outcome is how a connect() ended.
func outcome(c *calls.Call, limit time.Duration) string {
	switch {
	case c.End == 0:
		return "no answer in " + limit.String()
	case c.Errno != 0:
		return calls.ErrnoName(c.Errno) + " after " + diagnose.Took(c.Duration())
	}
	return "connected in " + diagnose.Took(c.Duration())
}

// listenTime is how long an open connection is watched: a server that speaks first, closes or resets does so by then.
const listenTime = 300 * time.Millisecond

// attemptPlan has one client for each address, all at once, so that one that never answers does not keep the others
// waiting. A client says nothing: it listens for a moment and closes.
func attemptPlan(servers []netip.AddrPort, from netip.Addr, limit time.Duration) session.Plan {
	plan := session.Plan{Name: doctor, Target: servers[0], Deadline: limit, ARP: true}
	for i, s := range servers {
		name := "client"
		if i > 0 {
			name += strconv.Itoa(i + 1)
		}
		steps := []session.Step{session.Socket("sock", s)}
		if from.IsValid() {
			steps = append(steps, session.Bind("sock", netip.AddrPortFrom(from, 0)))
		}
		steps = append(steps, session.Connect("sock", s).OrExit(0), session.Nonblock("sock"),
			session.Poll("sock", unix.POLLIN, listenTime).Unchecked(), session.Recv("sock", 4096).Unchecked(), session.Close("sock"))
		plan.Actors = append(plan.Actors, session.Script{Actor: name, Steps: steps})
	}
	return plan
}
