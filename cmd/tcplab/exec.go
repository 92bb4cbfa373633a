package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcplab/analyze/diagnose"
	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/live"
	"tcplab/session"
	"tcplab/session/lab"
)

// execRun is what "tcplab exec" was asked to do: a run whose actors are programs of the user's.
type execRun struct {
	traceRun
	server      string
	clients     []string
	serverInput string
	clientInput []string
}

// execTime is ample for an exchange of programs that somebody wrote to try something.
const execTime = 30 * time.Second

func newExec(a *app) *cobra.Command {
	e := &execRun{traceRun: traceRun{command: "exec", hosts: hosts{command: "exec"}}}
	c := &cobra.Command{
		Use:   "exec --server CMD --client CMD",
		Short: "run your own server and client under capture, with their system calls",
		Long: "Runs programs of yours, in any language, as trace runs its scenarios: under\n" +
			"capture, in a network of their own, with their system calls on sockets beside\n" +
			"the segments, and with the same report.\n\n" +
			"The client starts when the kernel's socket table shows that the server listens,\n" +
			"or when the server has ended. When the last client has ended, the server has a\n" +
			"second to finish what it does; one that only waits for more clients is ended\n" +
			"with SIGTERM.\n\n" +
			"CMD goes to sh -c, so quotes, variables and redirections are the shell's. In a\n" +
			"network of their own both programs are on one machine that has 127.0.0.1, ::1\n" +
			"and the addresses of this one, and seem to run as root there. With --hosts the\n" +
			"server has the address $TCPLAB_SERVER. What the programs print is in the\n" +
			"report.\n\n" +
			"The exit status says how the run went, not the programs: 0 when it ended by\n" +
			"itself, 1 when a command cannot be run, 3 when the time was over. How each\n" +
			"program ended is in the report, and --fail-on exit makes it count.",
		Example: "  tcplab exec --server ./server --client ./client\n" +
			"  tcplab exec --server 'python3 server.py' --client './client 127.0.0.1' --client './client 127.0.0.1'\n" +
			"  tcplab exec --server ./server --client ./client --client-stdin 'hello\\n' --server-stdin @reply.txt\n" +
			"  tcplab exec --hosts direct --cable \"delay both 20ms\" --server ./server --client './client $TCPLAB_SERVER'",
		Args: arguments(0, 0, "takes its commands by --server and --client"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(e.output.check(&a.env), e.check()); err != nil {
				return err
			}
			return e.start(cmd.Context(), a)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := c.Flags()
	f.StringVar(&e.server, "server", "", "`command` that serves")
	f.StringArrayVar(&e.clients, "client", nil, "`command` that connects; several run at the same time")
	f.StringVar(&e.serverInput, "server-stdin", "", "`text` the server reads, with \\n, \\t, \\\\ and \\x0a, or @FILE (default: end of file at once)")
	f.StringArrayVar(&e.clientInput, "client-stdin", nil, "`text` a client reads, or @FILE; one for all clients, or one for each")
	f.StringVarP(&e.iface, "iface", "i", "", "run on this machine and capture on this `interface`, lo mostly (default: a network of their own)")
	e.hosts.register(c)
	f.DurationVar(&e.timeout, "timeout", execTime, "end the programs after this `time`")
	f.StringVar(&e.save, "save", "", "keep frames, calls, output and host facts in this new `directory`; analyze reads it")
	e.output.register(c)
	e.output.derived.register(c)
	return c
}

// check refuses what cannot be run before anything is.
func (e *execRun) check() error {
	const help = "tcplab exec --help shows the flags and examples"
	switch n := len(e.clientInput); {
	case e.server == "" && len(e.clients) == 0:
		return usage(help, "exec: neither --server nor --client says what to run")
	case n > 1 && n != len(e.clients):
		return usage("one --client-stdin serves all clients, else each needs its own", "exec: %d times --client-stdin for %d clients", n, len(e.clients))
	case e.serverInput != "" && e.server == "":
		return usage(help, "exec: --server-stdin without --server")
	case e.hosts.topology != "" && e.iface != "":
		return usage("--at chooses the end to capture at", "exec: --hosts brings its own interfaces")
	}
	return e.hosts.check()
}

// start goes where the run can be made.
func (e *execRun) start(ctx context.Context, a *app) error {
	plan, err := e.plan()
	if err != nil {
		return err
	}
	inLab := e.hosts.topology != ""
	e.sealed = lab.Sealed() && !inLab
	switch {
	case lab.Sealed() || e.iface != "" || inLab && !lab.NeedsSeal():
	default:
		return e.elsewhere()
	}
	l := &liveRun{what: e.description(), alone: inLab || e.sealed}
	if err := e.settle(l, &plan); err != nil {
		return errors.Join(err, e.hosts.close())
	}
	return errors.Join(e.perform(ctx, a, l, plan), e.hosts.close())
}

// elsewhere runs this command again, as root of a network of its own that has the addresses of this machine.
func (e *execRun) elsewhere() error {
	var addresses []netip.Prefix
	if all, err := live.Interfaces(); err == nil { // without them the programs have the addresses of any machine
		for _, iface := range all {
			addresses = append(addresses, iface.Addrs...)
		}
	}
	lab.TakeAlong(addresses)
	status, err := lab.Seal()
	if err != nil {
		return failed(fmt.Errorf("exec: %w", err), "--iface lo runs the programs in the network of this machine, which needs the right to capture")
	}
	return ended(status)
}

// settle makes the place of the run.
func (e *execRun) settle(l *liveRun, plan *session.Plan) error {
	server := netip.MustParseAddr("127.0.0.1")
	switch {
	case e.hosts.topology != "":
		addr, err := e.hosts.build()
		if err != nil {
			return err
		}
		server = addr
		l.targets = []netip.Addr{server}
		l.inLab(&e.hosts)
	case e.sealed:
		if err := lab.Here(); err != nil {
			return failed(fmt.Errorf("exec: %w", err), "--iface lo runs the programs in the network of this machine")
		}
		l.iface, l.why, l.targets = "lo", "both programs are on one machine, in a network of its own", []netip.Addr{server}
	case !mayCapture():
		return failed(errors.New("exec: capturing on "+e.iface+" needs the right CAP_NET_RAW"),
			"without --iface the programs run in a network of their own, which needs none; sudo setcap cap_net_raw+ep "+thisProgram()+" gives this program the right")
	default:
		l.iface, l.why = e.iface, "asked for with --iface"
	}
	for i := range plan.Actors {
		for k := range plan.Actors[i].Steps {
			if p := plan.Actors[i].Steps[k].Program; p != nil {
				p.Env = append(p.Env, "TCPLAB_SERVER="+server.String())
			}
		}
	}
	return nil
}

// description is what the report says was run.
func (e *execRun) description() capture.Scenario {
	var words []string
	params := map[string]string{}
	if e.server != "" {
		words, params["server"] = append(words, "server: "+e.server), e.server
	}
	for i, command := range e.clients {
		words, params[clientName(i)] = append(words, clientName(i)+": "+command), command
	}
	return capture.Scenario{Name: execName, Title: strings.Join(words, " · "), Params: params}
}

// execName stands in a bundle where those of trace have the scenario's name.
const execName = "exec"

func clientName(i int) string {
	if i == 0 {
		return "client"
	}
	return "client" + strconv.Itoa(i+1)
}

// plan has an actor for each program. Between the server's being ready and the clients' start the host facts are taken
// once more: they hold what listens where.
func (e *execRun) plan() (session.Plan, error) {
	plan := session.Plan{Name: "the programs", Any: true, Deadline: e.timeout}
	var names []string
	for i := range e.clients {
		names = append(names, clientName(i))
	}
	if e.server != "" {
		input, err := inputText(e.serverInput)
		if err != nil {
			return plan, err
		}
		plan.Actors = append(plan.Actors, session.Script{Actor: "server", Steps: []session.Step{session.Exec(
			session.Program{Command: e.server, Env: os.Environ(), Stdin: input, Serves: true, Until: names})}})
	}
	for i, name := range names {
		input, err := inputText(e.inputOf(i))
		if err != nil {
			return plan, err
		}
		var steps []session.Step
		switch {
		case e.server != "" && i == 0:
			steps = []session.Step{session.AwaitReady("server"), session.Facts("during"), session.Signal("start")}
		case e.server != "":
			steps = []session.Step{session.Await("client:start")}
		}
		steps = append(steps, session.Exec(session.Program{Command: e.clients[i], Env: os.Environ(), Stdin: input}))
		plan.Actors = append(plan.Actors, session.Script{Actor: name, Steps: steps})
	}
	return plan, nil
}

// inputOf is what client i reads.
func (e *execRun) inputOf(i int) string {
	switch len(e.clientInput) {
	case 0:
		return ""
	case 1:
		return e.clientInput[0]
	}
	return e.clientInput[i]
}

// inputText reads what a program is given to read: text with escapes, or a file as it is.
func inputText(text string) ([]byte, error) {
	if path, ok := strings.CutPrefix(text, "@"); ok {
		data, err := os.ReadFile(path)
		return data, unreadable(path, named(err))
	}
	var b []byte
	for text != "" {
		c, multi, rest, err := strconv.UnquoteChar(text, 0)
		if err != nil {
			return nil, usage("write \\\\ for a backslash; escapes are \\n, \\t, \\x0a", "exec: standard input %q: unknown escape", text)
		}
		if multi {
			b = append(b, string(c)...)
		} else {
			b = append(b, byte(c))
		}
		text = rest
	}
	return b, nil
}

// notFound is the error of a run in which a command could not be run at all: the shell says so with status 126 or 127.
func notFound(e *evidence) error {
	for i := range e.About.Actors {
		a := &e.About.Actors[i]
		isOurs := func(c string) bool { name, _, _ := strings.Cut(c, "/"); return name == a.Name }
		if a.Command == "" || a.Status != 126 && a.Status != 127 {
			continue
		}
		if slices.ContainsFunc(e.Calls, func(c calls.Call) bool { return isOurs(c.Actor) }) {
			continue
		}
		said := ""
		for _, o := range a.Output { // the end of a line may come by itself
			said += string(o.Data)
		}
		said = cmp.Or(strings.TrimSpace(said), fmt.Sprintf("exit status %d", a.Status))
		return failed(fmt.Errorf("exec: the %s's command cannot be run: %s", a.Name, said),
			"a program of this directory is called ./NAME, and the command is the shell's: quote what it should not expand")
	}
	return nil
}

// toItself explains why a client in a lab of two hosts does not find the server: 127.0.0.1 is the client's own host.
func toItself(made []calls.Call) (warnings []string) {
	for i := range made {
		c := &made[i]
		if to := diagnose.Asked(c); c.Op == "connect" && c.Proto == "" && strings.HasPrefix(c.Actor, "client") && to.Addr().IsLoopback() {
			text := fmt.Sprintf("the %s connects to %s, which is its own host: those packets stay on its lo and are not captured; the server is on the other host", c.Actor, to)
			if !slices.Contains(warnings, text) {
				warnings = append(warnings, text)
			}
		}
	}
	return warnings
}
