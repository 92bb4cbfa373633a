package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"tcplab/capture"
	"tcplab/session"
)

// mostAddresses bounds how many addresses of a name are tried.
const mostAddresses = 8

// attempt connects once to each address of a server, under capture, and says why that did not work.
type attempt struct {
	iface   string
	timeout time.Duration
	output  output
}

// server takes HOST:PORT apart and resolves the host as any program would.
func server(ctx context.Context, text string) ([]netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(text)
	if err != nil {
		return nil, usage("write HOST:PORT, or [ADDRESS]:PORT for IPv6", "diagnose: %q is neither a file nor HOST:PORT", text)
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "tcp", service)
	if err != nil || port == 0 {
		return nil, usage("a port is a number from 1 to 65535 or a name of /etc/services", "diagnose: %q is no port", service)
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			err = errors.New(dns.Err)
		}
		return nil, failed(fmt.Errorf("diagnose: %s: the name does not resolve: %w", host, err), "getent ahosts "+host+" asks as programs do")
	}
	var servers []netip.AddrPort
	for _, addr := range addrs[:min(len(addrs), mostAddresses)] {
		servers = append(servers, netip.AddrPortFrom(addr.Unmap(), uint16(port)))
	}
	return servers, nil
}

// run makes the attempt and reports it. That the time was over before an answer came is a result, not an error.
func (t *attempt) run(ctx context.Context, a *app, text string) error {
	servers, err := server(ctx, text)
	if err != nil {
		return err
	}
	l := &liveRun{what: capture.Scenario{Name: "diagnose", Title: "one connection attempt to " + text,
		Params: map[string]string{"server": text}}}
	for _, s := range servers {
		l.targets = append(l.targets, s.Addr())
	}
	if err := l.place(t.iface); err != nil {
		return advised(err)
	}
	e, err := l.perform(ctx, attemptPlan(servers, t.timeout))
	if e == nil {
		return advised(err)
	}
	rep, bad := e.report(context.WithoutCancel(ctx))
	if bad != nil {
		return bad
	}
	if errors.Is(err, session.ErrDeadline) {
		err = nil
	}
	return errors.Join(t.output.report(&a.env, rep), t.output.failOn.met("diagnose", rep), cutShort(err, rep))
}

// attemptPlan is a client that connects to each server in turn, whatever came of the one before.
func attemptPlan(servers []netip.AddrPort, timeout time.Duration) session.Plan {
	var steps []session.Step
	for i, s := range servers {
		name := "sock" + strconv.Itoa(i)
		steps = append(steps, session.Socket(name, s), session.Connect(name, s).Unchecked(), session.Close(name))
	}
	return session.Plan{Name: "diagnose", Target: servers[0], Deadline: timeout,
		Actors: []session.Script{{Actor: "client", Steps: steps}}}
}
