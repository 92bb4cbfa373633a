package main

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/cobra"
)

func newConnect(a *app) *cobra.Command {
	e := &end{traceRun: traceRun{command: "connect"}}
	c := &cobra.Command{
		Use:   "connect SCENARIO HOST",
		Short: "run the client's side of a scenario against serve on another machine",
		Long: "Starts only the client of a scenario, against HOST, where \"tcplab serve SCENARIO\" runs, and captures what comes\n" +
			"and goes here. Variant, port and parameters must be those of serve, which prints the command.",
		Example: "  tcplab connect hello 192.0.2.1\n" +
			"  tcplab connect hello 192.0.2.1 --port 5000 --save client-side\n" +
			"  tcplab analyze client-side server-side",
		Args:              arguments(2, 2, "wants a scenario and the host of the server"),
		RunE:              func(cmd *cobra.Command, args []string) error { return e.connect(cmd.Context(), a, args[0], args[1]) },
		ValidArgsFunction: completeScenarios,
	}
	e.register(c, &e.port, &e.given, "the one the route to HOST uses")
	c.Flags().DurationVar(&e.timeout, "timeout", 0, "end the exchange after this `time` (default: the scenario's, mostly 10s)")
	return c
}

// connect runs the client's side.
func (e *end) connect(ctx context.Context, a *app, name, host string) error {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addrs) == 0 {
		return failed(fmt.Errorf("connect: %s: the name does not resolve: %w", host, err), "serve prints the address to use")
	}
	e.params.Addr = addrs[0].Unmap()
	plan, _, err := e.split(a, name)
	if err != nil {
		return err
	}
	if e.port == "0" || e.port == "" && e.scenario.Defaults.Port == 0 {
		return usage("serve prints the port to use", "connect: --port N is needed: the server chose a free one")
	}
	l := e.live()
	l.side = "client"
	if err := l.place(e.iface); err != nil {
		return advised(err)
	}
	return e.perform(ctx, a, l, plan)
}
