package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcplab/capture/live"
	"tcplab/session"
	"tcplab/session/scenario"
)

// end is one side of a scenario whose other side runs on another machine.
type end struct {
	traceRun
	port   string
	given  []string // the parameters, as the command line has them
	listen string   // serve: the address to listen on
}

// forever is how long a server waits for its client, unless --timeout says otherwise.
const forever = 365 * 24 * time.Hour

func newServe(a *app) *cobra.Command {
	e := &end{traceRun: traceRun{command: "serve"}}
	c := &cobra.Command{
		Use:   "serve SCENARIO",
		Short: "run the server's side of a scenario; connect runs the client's on another machine",
		Long: "Starts only the server of a scenario and captures what comes and goes here, until its steps end, Ctrl-C, or\n" +
			"--timeout. It says what to run on the other machine. With --save on both, analyze joins the two views.",
		Example: "  tcplab serve hello\n" +
			"  tcplab serve hello --listen 192.0.2.1 --port 5000 --save server-side\n" +
			"  tcplab analyze client-side server-side",
		Args:              arguments(1, 1, "wants a scenario"),
		RunE:              func(cmd *cobra.Command, args []string) error { return e.serve(cmd.Context(), a, args[0]) },
		ValidArgsFunction: completeScenarios,
	}
	e.register(c, &e.port, &e.given, "all of them, or the one with the address of --listen")
	c.Flags().StringVar(&e.listen, "listen", "0.0.0.0", "`address` to listen on; :: is every address, also of IPv6")
	c.Flags().DurationVar(&e.timeout, "timeout", 0, "end after this `time` (default: when the steps end)")
	return c
}

// serve runs the server's side.
func (e *end) serve(ctx context.Context, a *app, name string) (err error) {
	if e.params.Addr, err = netip.ParseAddr(e.listen); err != nil {
		return usage("ip -br addr lists the addresses of this machine", "serve: --listen %q is no address", e.listen)
	}
	_, plan, err := e.split(a, name)
	if err != nil {
		return err
	}
	if err := portFree("serve", e.params.Server()); err != nil {
		return err
	}
	l := e.live()
	l.side = "server"
	if err := e.placeServer(l); err != nil {
		return advised(err)
	}
	l.listening = func(local string) { a.say(e.invitation(local), "") }
	plan.Deadline = forever
	return e.perform(ctx, a, l, plan)
}

// split chooses the scenario and parts it, as it is with the parameters given.
func (e *end) split(a *app, name string) (client, server session.Plan, err error) {
	if err = e.output.check(&a.env); err != nil {
		return client, server, err
	}
	if err = e.choose(name); err != nil {
		return client, server, err
	}
	if err = e.set("", e.port, e.given); err != nil {
		return client, server, err
	}
	if err = e.complete(); err != nil {
		return client, server, err
	}
	if client, server, err = e.scenario.Split(e.params); err != nil {
		return client, server, usage("these can: "+strings.Join(splittable(), ", "),
			"%s: %s cannot be parted between two machines: %w", e.command, strings.TrimSpace(name+" "+e.params.Variant), err)
	}
	return client, server, nil
}

// splittable are the scenarios that serve and connect can run.
func splittable() (names []string) {
	for _, s := range scenario.All() {
		if s.Splits() {
			names = append(names, s.Name)
		}
	}
	return names
}

// placeServer finds where clients come in: where the address is, or anywhere.
func (e *end) placeServer(l *liveRun) error {
	addr := e.params.Addr
	if e.iface != "" || !addr.IsUnspecified() && !addr.IsLoopback() {
		l.iface, l.why = e.iface, "asked for with --iface"
		return e.ownAddress(l)
	}
	l.iface, l.why = live.Any, "clients may come in through any interface"
	if addr.IsLoopback() {
		return l.place("")
	}
	return nil
}

// ownAddress takes the interface that has the address to listen on.
func (e *end) ownAddress(l *liveRun) error {
	if l.iface != "" {
		return nil // what is wrong with it, opening it says
	}
	all, err := live.Interfaces()
	if err != nil {
		return err
	}
	for _, i := range all {
		if slices.ContainsFunc(i.Addrs, func(p netip.Prefix) bool { return p.Addr() == e.params.Addr.WithZone("") }) {
			l.iface, l.why = i.Name, fmt.Sprintf("it has the address %s", e.params.Addr)
			return nil
		}
	}
	return usage("ip -br addr lists them", "serve: --listen %s is no address of this machine", e.params.Addr)
}

// invitation says that the server listens, and what to run on the other machine.
func (e *end) invitation(local string) string {
	hosts := []string{e.params.Addr.String()}
	if e.params.Addr.IsUnspecified() {
		hosts = addresses(e.params.Addr.Is6())
	}
	command := "tcplab connect " + e.scenario.Name
	if e.params.Variant != "" && e.params.Variant != e.scenario.Variants[0] {
		command += " --variant " + e.params.Variant
	}
	if e.params.Port != e.scenario.Defaults.Port {
		command += fmt.Sprintf(" --port %d", e.params.Port)
	}
	for _, p := range e.given {
		command += fmt.Sprintf(" --param '%s'", p)
	}
	text := fmt.Sprintf("serve: listening on %s; now run on the other machine: %s %s", local, command, hosts[0])
	if len(hosts) > 1 {
		text += " (or by " + strings.Join(hosts[1:], ", ") + ")"
	}
	return text
}

// addresses are those by which other machines may reach this one, HOST when there is none.
func addresses(v6 bool) (list []string) {
	all, err := live.Interfaces()
	if err != nil {
		return []string{"HOST"}
	}
	for _, i := range all {
		for _, p := range i.Addrs {
			if a := p.Addr(); i.Up && !i.Loopback && !a.IsLinkLocalUnicast() && (a.Is4() || v6) {
				list = append(list, a.String())
			}
		}
	}
	if len(list) == 0 {
		return []string{"HOST"}
	}
	return list
}
