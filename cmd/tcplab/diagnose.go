package main

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newDiagnose(a *app) *cobra.Command {
	r, t := &reading{}, &attempt{}
	var listen string
	c := &cobra.Command{
		Use:   "diagnose FILE|DIR…|HOST:PORT|--listen ADDR:PORT",
		Short: "say what went wrong and why: in saved captures, or in one attempt to connect",
		Long: "For captures it prints the findings of analyze and nothing else; where there are none, what the longest connections\n" +
			"spent their time on. For HOST:PORT it connects once to each address of the host, under capture, and joins what the\n" +
			"packets, the calls and this host's own tables say. Without the right to capture it judges by the calls and the\n" +
			"tables alone, says so, and is less sure. With --listen it tries to listen, as a server does, and says who or what\n" +
			"has the address.",
		Example: "  tcplab diagnose capture.pcapng\n" +
			"  tcplab diagnose capture.pcapng --where \"host 192.0.2.1 and findings\"\n" +
			"  tcplab diagnose localhost:8080\n" +
			"  tcplab diagnose [2001:db8::1]:443 --connect-timeout 3s --format json\n" +
			"  tcplab diagnose --listen 0.0.0.0:8080",
		Args: func(cmd *cobra.Command, args []string) error {
			if listen != "" {
				return arguments(0, 0, "takes no argument with --listen")(cmd, args)
			}
			return r.arguments("wants a file, a directory or HOST:PORT")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if listen != "" {
				if err := r.output.check(&a.env); err != nil {
					return err
				}
				return (&listening{output: r.output}).run(cmd.Context(), a, listen)
			}
			if len(args) == 1 && isServer(args[0]) {
				if r.selection.where != "" || r.selection.top != 0 {
					return misused(cmd, errors.New("--where and --top are for captures"))
				}
				t.output = r.output
				if err := t.output.check(&a.env); err != nil {
					return err
				}
				return t.run(cmd.Context(), a, args[0])
			}
			return r.run(cmd, a, args)
		},
	}
	r.output.register(c)
	r.selection.register(c)
	r.registerEach(c)
	r.output.findingsOnly = true
	f := c.Flags()
	f.StringVarP(&r.filter, "filter", "f", "", "read only frames that this capture `filter` (tcpdump's language) accepts")
	f.StringVarP(&t.iface, "iface", "i", "", "for HOST:PORT: capture on this `interface` (default: the one of the route)")
	f.DurationVar(&t.timeout, "connect-timeout", 5*time.Second, "for HOST:PORT: stop waiting for an answer after this `time`")
	f.DurationVar(&t.timeout, "timeout", 5*time.Second, "the same as --connect-timeout")
	must(f.MarkHidden("timeout"))
	f.StringVar(&t.from, "from", "", "for HOST:PORT: connect from this `address` of this host")
	f.StringVar(&t.save, "save", "", "for HOST:PORT: keep the evidence in this `directory`")
	f.StringVar(&listen, "listen", "", "say why a server cannot listen on this `ADDR:PORT`, and which option helps")
	return c
}

// isServer reports whether an argument names a server rather than a file: no file of that name exists, and it has the
// form HOST:PORT.
func isServer(arg string) bool {
	if _, err := os.Lstat(arg); err == nil || arg == "-" {
		return false
	}
	colon := strings.LastIndexByte(arg, ':')
	return colon > 0 && colon < len(arg)-1 && !strings.Contains(arg, "/")
}
