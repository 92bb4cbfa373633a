package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/session"
	"tcplab/session/lab"
	"tcplab/session/scenario"
)

// traceRun is what "tcplab trace" was asked to do, or "serve" and "connect", which do one side of it.
type traceRun struct {
	command  string // whose errors these are
	scenario *scenario.Scenario
	params   scenario.Params
	iface    string
	sealed   bool
	hosts    hosts
	save     string
	prompt   bool
	repeat   int
	timeout  time.Duration
	output   output
}

func newTrace(a *app) *cobra.Command {
	t := &traceRun{command: "trace", hosts: hosts{command: "trace"}}
	var addr, port string
	var params []string
	c := &cobra.Command{
		Use:   "trace [SCENARIO]",
		Short: "run a client and a server under capture and explain what happened",
		Long: "Starts the actors of a scenario, each a process of its own, captures what they send, and reports calls, segments\n" +
			"and states on one timeline. Without SCENARIO it runs hello; \"tcplab scenarios\" lists them all.",
		Example: "  tcplab trace --iface lo\n" +
			"  tcplab trace closed-port\n" +
			"  tcplab trace --sealed\n" +
			"  tcplab trace --hosts direct --cable \"delay both 20ms\" --cable \"drop c2s data 1 once\"\n" +
			"  tcplab trace hello --port 0 --param message=\"how do you do\"\n" +
			"  tcplab trace hello --save run1 --format json",
		Args: arguments(0, 1, "takes at most one scenario"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := t.output.check(&a.env); err != nil {
				return err
			}
			if err := t.choose(append(args, "hello")[0]); err != nil {
				return err
			}
			return t.start(cmd.Context(), a, addr, port, params)
		},
		ValidArgsFunction: completeScenarios,
	}
	t.register(c, &port, &params, "the one the route to the address uses")
	f := c.Flags()
	f.BoolVar(&t.sealed, "sealed", false, "run in a network of its own, which needs no right and disturbs nobody (default: where there is no right to capture)")
	t.hosts.register(c)
	f.BoolVar(&t.hosts.ipv6, "ipv6", false, "with --hosts, the server has an IPv6 address")
	f.StringVar(&addr, "addr", "", "`address` the server has (default: the scenario's, mostly 127.0.0.1)")
	f.IntVar(&t.hosts.snaplen, "snaplen", 0, "capture this many `bytes` of each packet, 128 at least (default: all)")
	f.BoolVar(&t.prompt, "prompt", false, "ask for what client and server say at the terminal")
	f.IntVar(&t.repeat, "repeat", 1, "make `N` runs and tell how often each ending came, and how long they took")
	f.DurationVar(&t.timeout, "timeout", 0, "end the exchange after this `time` (default: the scenario's, mostly 10s)")
	return c
}

// register adds the flags of every run to c; where says on which interface it captures by itself.
func (t *traceRun) register(c *cobra.Command, port *string, params *[]string, where string) {
	f := c.Flags()
	f.StringVarP(&t.iface, "iface", "i", "", "capture on this `interface` (default: "+where+")")
	f.StringVarP(port, "port", "p", "", "`port` the server has; 0 takes a free one (default: the scenario's)")
	f.StringVar(&t.params.Variant, "variant", "", "`variant` of the scenario to run (default: its first)")
	f.StringArrayVar(params, "param", nil, "set a parameter of the scenario: `key=value` (message, reply, backlog, buffer, size)")
	must(c.RegisterFlagCompletionFunc("variant", completeVariants))
	f.StringVar(&t.save, "save", "", "keep frames, calls and host facts in this new `directory`; analyze reads it")
	t.output.register(c)
	t.output.derived.register(c)
}

func completeScenarios(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) == 0 {
		for _, s := range scenario.All() {
			names = append(names, s.Name+"\t"+s.Title)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// choose looks the scenario up.
func (t *traceRun) choose(name string) error {
	s, err := scenario.Lookup(name)
	if err == nil {
		t.scenario = s
		return nil
	}
	hint := "tcplab scenarios lists them"
	var names []string
	for _, s := range scenario.All() {
		names = append(names, s.Name)
	}
	if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return usage(hint, "%s: no scenario %q", t.command, name)
}

// set takes the parameters from the flags.
func (t *traceRun) set(addr, port string, params []string) error {
	if addr != "" {
		params = append(params, "addr="+addr)
	}
	if port != "" {
		params = append(params, "port="+port)
	}
	help := "tcplab " + t.command + " --help shows the flags and examples"
	for _, p := range params {
		key, value, ok := strings.Cut(p, "=")
		if !ok {
			return usage(help, "%s: --param %q is not key=value", t.command, p)
		}
		if err := t.params.Set(key, value); err != nil {
			return usage(help, "%s: %w", t.command, err)
		}
	}
	return nil
}

// complete fills in the rest, some of it from the host that the run takes place on.
func (t *traceRun) complete() error {
	complete, err := t.scenario.Complete(t.params)
	if err != nil {
		return usage("tcplab scenarios lists variants", "%s: %w", t.command, err)
	}
	t.params = complete
	return nil
}

// start goes where the run can be made: this process, or another in a network of its own.
func (t *traceRun) start(ctx context.Context, a *app, addr, port string, params []string) error {
	if err := errors.Join(t.hosts.take(t.scenario), t.hosts.check()); err != nil {
		return err
	}
	inLab := t.hosts.topology != ""
	switch {
	case t.repeat < 1:
		return usage("tcplab trace --help shows the flags and examples", "trace: --repeat %d is no number of runs", t.repeat)
	case t.repeat > 1 && (t.save != "" || t.output.file != "" || t.output.format != "text" && t.output.format != "json"):
		return usage("without --repeat each of them has its run", "trace: --repeat prints its list as text or json; it neither saves nor draws")
	}
	if inLab && (addr != "" || t.iface != "") {
		return usage("--ipv6 chooses the family, --at the end to capture at", "trace: --hosts brings its own addresses and interfaces")
	}
	if err := t.set(addr, port, params); err != nil {
		return err
	}
	if t.mustSeal(a, inLab) {
		return t.elsewhere()
	}
	if t.prompt {
		if err := t.ask(a); err != nil {
			return err
		}
	}
	if t.repeat > 1 {
		return t.repeated(ctx, a, t.repeat, inLab)
	}
	if err := t.build(inLab); err != nil {
		return errors.Join(err, t.hosts.close())
	}
	return errors.Join(t.run(ctx, a), t.hosts.close())
}

// build makes the place of the run and completes the parameters there.
func (t *traceRun) build(inLab bool) error {
	switch {
	case inLab:
		server, err := t.hosts.build()
		if err != nil {
			return err
		}
		if t.scenario.Stage == nil || !t.scenario.Defaults.Addr.IsValid() { // else nobody has the address that is asked for
			t.params.Addr = server
		}
		if err := t.complete(); err != nil {
			return err
		}
		return t.hosts.arrange(t.params)
	case t.sealed:
		if err := lab.Here(); err != nil {
			return failed(fmt.Errorf("trace: --sealed: %w", err), "without --sealed it captures on the interfaces of this machine")
		}
	}
	return t.complete()
}

// run checks that the run can be made, makes it, and reports.
func (t *traceRun) run(ctx context.Context, a *app) error {
	l := t.live()
	if err := t.prepare(l); err != nil {
		return err
	}
	return t.perform(ctx, a, l, t.scenario.Plan(t.params))
}

// live is the run under capture, still without a place.
func (t *traceRun) live() *liveRun {
	return &liveRun{what: capture.Scenario{Name: t.scenario.Name, Title: t.scenario.Title, Variant: t.params.Variant,
		Cause: t.scenario.Cause, Params: t.params.Map(), FreePort: t.params.FreePort}, targets: []netip.Addr{t.params.Addr}, snaplen: t.hosts.snaplen}
}

// perform makes the run, saves what it left and reports it.
func (t *traceRun) perform(ctx context.Context, a *app, l *liveRun, plan session.Plan) error {
	if t.timeout > 0 {
		plan.Deadline = t.timeout
	}
	e, err := l.perform(ctx, plan)
	if e == nil {
		return advised(err)
	}
	if err := notFound(e); err != nil {
		return err
	}
	if t.hosts.lab != nil {
		e.About.Warnings = append(e.About.Warnings, toItself(e.Calls)...)
	}
	if t.save != "" {
		if err := e.save(t.save); err != nil {
			return err
		}
	}
	e.follow = t.output.derived.needsAll()
	r, bad := e.report(context.WithoutCancel(ctx)) // an interrupted run is reported too
	if bad != nil {
		return bad
	}
	return errors.Join(t.output.report(&a.env, r), t.output.derived.write(r, e.described), t.output.failOn.met(t.command, r), cutShort(t.command, err, r))
}

// prepare finds the place for the run, and makes sure that nobody else is there.
func (t *traceRun) prepare(l *liveRun) error {
	if t.hosts.lab != nil {
		l.inLab(&t.hosts)
		return nil
	}
	if err := l.place(t.iface); t.sealed && t.iface == "" && err != nil {
		l.iface, l.why = "lo", "no route leads to the address, and there is no other interface"
	} else if err != nil {
		return advised(err)
	}
	if t.sealed {
		l.why += sealedWhy
	}
	return portFree(t.command, t.params.Server())
}

// cutShort says that a run ended before its end or did not show what its scenario promises; the report covers what
// happened.
func cutShort(command string, err error, r *report.Report) error {
	unmet := 0
	for _, e := range r.Expectations {
		if !e.Met {
			unmet++
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return incomplete(errors.New(command+": interrupted: the report covers what happened until then"), "")
	case errors.Is(err, session.ErrDeadline):
		return incomplete(fmt.Errorf("%s: %w: the report covers what happened until then", command, err), "--timeout gives it more time")
	case err == nil && r.Input.Incomplete:
		return incomplete(errors.New(command+": the capture is not complete: "+r.Warnings[len(r.Warnings)-1]), "run it again when the machine is less busy")
	case err == nil && unmet > 0:
		return failed(fmt.Errorf("%s: the run did not go as designed: %d of %d expectations are not met", command, unmet, len(r.Expectations)),
			"the report marks them, and the calls show where it went another way")
	}
	return advised(err)
}
