package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/render"
	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// reading is what "tcplab analyze" and "tcplab diagnose" were asked to do with files.
type reading struct {
	filter    string
	measures  bool
	apart     bool // a report for each file
	bothEnds  bool // one report of two captures, one made at each end
	wireshark bool // with Wireshark's judgement beside ours
	selection selection
	following following
	output    output
}

func newAnalyze(a *app) *cobra.Command {
	r := &reading{}
	c := &cobra.Command{
		Use:   "analyze FILE|DIR…",
		Short: "read saved captures and say what happened on each connection",
		Long: "Reads pcap and pcapng files, compressed or not, and the directories that trace --save writes; \"-\" is standard\n" +
			"input. One line for each connection; --conn shows one of them segment by segment. Several files are one capture, in\n" +
			"the order of time: those of a rotated capture join, those of two places interleave. Every directory is a run of its own, but the two\n" +
			"sides that serve and connect saved join into one report; --both-ends joins any two captures made at the two ends.",
		Example: "  tcplab analyze capture.pcapng\n" +
			"  tcplab analyze capture.pcapng --conn 0 --options\n" +
			"  tcplab analyze capture.pcapng --conn 0 --wireshark\n" +
			"  tcplab analyze capture.pcapng --find \"GET /admin\"\n" +
			"  tcplab analyze capture.pcapng --follow 0\n" +
			"  tcplab analyze capture.pcapng --where \"port 443 and rtt > 50ms\" --top 5 --by retransmissions\n" +
			"  tcplab analyze capture.pcapng --filter \"host 192.0.2.1 and port 443\"\n" +
			"  tcplab analyze capture.pcapng --format json --output report.json\n" +
			"  tcplab analyze capture.pcapng --fail-on reset,refused\n" +
			"  tcplab analyze run1 --canonical | sha256sum\n" +
			"  tcplab analyze client-side server-side\n" +
			"  tcplab analyze --both-ends client.pcap server.pcap\n" +
			"  tcplab analyze rotated.pcap0 rotated.pcap1 rotated.pcap2\n" +
			"  tcpdump -i eth0 -w - tcp | tcplab analyze -",
		Args: r.arguments("wants at least one file or directory"),
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd, a, args) },
	}
	r.output.register(c)
	r.output.derived.register(c)
	r.selection.register(c)
	r.following.register(c)
	r.registerEach(c)
	c.Flags().BoolVar(&r.wireshark, "wireshark", false, "also what Wireshark 4.0 says of each segment, and why where the two differ")
	c.Flags().StringVar(&r.selection.find, "find", "", "where this `text` was sent; bytes are written \\x16\\x03")
	c.Flags().IntVarP(&r.output.conn, "conn", "c", -1, "only the connection with this `number`, segment by segment")
	c.Flags().Lookup("conn").DefValue = "0" // the help shows no default: without the flag, all are shown
	c.Flags().StringVarP(&r.filter, "filter", "f", "", "read only frames that this capture `filter` (tcpdump's language) accepts")
	c.Flags().BoolVar(&r.measures, "measures", false, "also the numbers of tcptrace -l and -r, of each connection and direction (json, ndjson, and text with --conn)")
	return c
}

// run reads what args name.
func (r *reading) run(cmd *cobra.Command, a *app, args []string) error {
	if r.selection.where == "help" {
		return printConditions(a.out, a.width())
	}
	if err := errors.Join(r.selection.check(cmd), r.following.apply(cmd, &r.output)); err != nil {
		return err
	}
	r.output.find = r.selection.want
	if !r.selection.all() && r.output.conn >= 0 {
		return misused(cmd, errors.New("--conn and --follow name one connection: --where, --find and --top choose among all"))
	}
	return r.each(cmd.Context(), a, args)
}

// each reads one input after the other. What is wrong with one is said and does not keep the others from being read.
func (r *reading) each(ctx context.Context, a *app, paths []string) error {
	if err := r.output.check(&a.env); err != nil {
		return err
	}
	return r.output.to(&a.env, func(w io.Writer) error {
		var wrong []error
		list, err := r.pairUp(inputs(paths, r.apart))
		if err != nil {
			return err
		}
		for i, in := range list {
			if len(list) > 1 && r.output.format == "text" {
				fmt.Fprintf(w, "%s%s:\n", strings.Repeat("\n", min(i, 1)), texttab.Clean(in.name()))
			}
			err := r.one(ctx, a, w, in)
			if ctx.Err() != nil {
				return err
			}
			if err != nil {
				wrong = append(wrong, err)
			}
		}
		return together(wrong, len(list))
	})
}

// together is the error of several inputs: failed when none could be read, incomplete when some could.
func together(wrong []error, inputs int) error {
	if len(wrong) < 2 && inputs < 2 {
		return errors.Join(wrong...)
	}
	if len(wrong) == 0 {
		return nil
	}
	status, hints := exitIncomplete, []string{}
	failures := 0
	for _, err := range wrong {
		f := asFailure(err)
		if f.status == exitFailed {
			failures++
		}
		if f.hint != "" {
			hints = append(hints, f.hint)
		}
	}
	if failures == inputs {
		status = exitFailed
	}
	return &failure{err: errors.Join(wrong...), status: status, hint: strings.Join(hints, "\n")}
}

// one reads one input and writes its report.
func (r *reading) one(ctx context.Context, a *app, w io.Writer, in input) error {
	switch {
	case r.bothEnds:
		return r.joined(ctx, a, w, in)
	case isDir(in[0]):
		return r.bundle(ctx, a, w, in[0])
	}
	r.offer(a, in)
	src, wrong := in.open()
	if src == nil {
		return together(wrong, len(in))
	}
	defer src.Close()
	selected, err := withFilter(src, r.filter)
	if err != nil {
		return err
	}
	again := func() (capture.Source, error) { return openAgain(in.name()) }
	return errors.Join(leftOut(wrong), r.read(ctx, a, w, in.name(), analyze.Input{Source: a.withProgress(selected), Tool: toolVersion()}, again))
}

// bundle reads a run that was saved and writes its report: the one that trace wrote.
func (r *reading) bundle(ctx context.Context, a *app, w io.Writer, dir string) error {
	e, err := openBundle(dir)
	if err != nil {
		return err
	}
	e.filter = r.filter
	return r.saved(ctx, a, w, dir, e)
}

// saved writes the report of a run that was saved.
func (r *reading) saved(ctx context.Context, a *app, w io.Writer, dir string, e *evidence) error {
	e.find, e.wireshark = r.selection.want, r.wireshark
	e.follow = r.output.follow || r.output.derived.needsAll()
	e.measures = r.measures
	rep, err := e.report(ctx)
	if rep == nil {
		return err
	}
	if err := r.exists(dir, rep); err != nil {
		return err
	}
	r.selection.pick(rep)
	return errors.Join(r.output.write(w, &a.env, rep), r.output.derived.write(rep, e.again), r.selection.notFound(dir, rep), r.output.failOn.met(dir, rep), lost(dir, rep, err), damagedParts(e))
}

// damagedParts says which files of a bundle could not be used.
func damagedParts(e *evidence) error {
	if len(e.Warnings) == 0 {
		return nil
	}
	return incomplete(errors.New(strings.Join(e.Warnings, "\n")), "the report covers the other parts")
}

// read analyses a capture and writes its report: also of a capture that is cut or damaged, whose loss is told afterwards.
// again opens it once more.
func (r *reading) read(ctx context.Context, a *app, w io.Writer, path string, in analyze.Input, again func() (capture.Source, error)) error {
	opt := r.options()
	output, streams := r.streaming(a, w)
	if streams = streams && in.Join == nil; streams {
		output.selection = &r.selection
		opt.Each, opt.Few = output.connection, output.few()
	}
	form, forms := r.formed(w)
	if forms = forms && in.Join == nil; forms {
		opt.Final = form.connection
	}
	rep, err := analyze.Run(ctx, in, opt)
	if rep == nil {
		return err
	}
	if forms {
		return errors.Join(form.finish(rep), lost(path, rep, err))
	}
	if streams && output.begun() {
		return errors.Join(output.finish(rep), r.output.derived.writeWith(output.remarks, rep, again), r.selection.notFound(path, rep), lost(path, rep, err))
	}
	if err := r.exists(path, rep); err != nil {
		return err
	}
	r.selection.pick(rep)
	return errors.Join(r.output.write(w, &a.env, rep), r.output.derived.write(rep, again), r.selection.notFound(path, rep), r.output.failOn.met(path, rep), lost(path, rep, err))
}

// options says how much of the segments the report needs.
func (r *reading) options() analyze.Options {
	format, _ := render.ByName(r.output.format)
	segments := r.output.segments || format.Segments || r.output.pictures.wanted() || r.output.conn >= 0 && !r.output.follow
	opt := analyze.Options{
		Segments: segments, Payload: render.PayloadShown, Measures: r.measures,
		Follow: r.output.follow, Find: r.selection.want, Wireshark: r.wireshark, Waits: r.output.findingsOnly,
	}
	if r.output.derived.needsAll() {
		opt.Segments, opt.Follow = true, opt.Follow || r.output.derived.needsBytes()
	}
	if r.output.conn >= 0 {
		only := uint32(r.output.conn)
		opt.Only = &only
	}
	return opt
}

// exists checks that the connection asked for is there.
func (r *reading) exists(path string, rep *report.Report) error {
	if r.output.conn < len(rep.Connections) {
		return nil
	}
	return noConnection(path, r.output.conn, len(rep.Connections))
}

// noConnection says that a number is none of the n connections.
func noConnection(path string, conn, n int) error {
	hint := fmt.Sprintf("tcplab analyze %s lists them", path)
	switch n {
	case 0:
		return failed(fmt.Errorf("%s: no connection %d: there is none at all", path, conn), hint)
	case 1:
		return failed(fmt.Errorf("%s: no connection %d: there is only 0", path, conn), hint)
	default:
		return failed(fmt.Errorf("%s: no connection %d: there are 0 to %d", path, conn, n-1), hint)
	}
}

// lost says what of the input the report does not cover, after the report itself has been written.
func lost(path string, rep *report.Report, err error) error {
	var cut *pcapfile.TruncatedError
	var damaged *pcapfile.FormatError
	switch {
	case errors.Is(err, context.Canceled):
		return incomplete(fmt.Errorf("%s: interrupted: the report covers the first %s", path, diagnose.Count(rep.Input.Packets, "frame")), "")
	case errors.As(err, &cut), errors.As(err, &damaged):
		return incomplete(err, "the report covers the "+diagnose.Count(rep.Input.Packets, "frame")+" before it")
	case err == nil && rep.Run != nil && rep.Run.Interrupted:
		return incomplete(fmt.Errorf("%s: the run was interrupted: the report covers what happened until then", path), "")
	case err == nil && rep.Run != nil && rep.Run.Late:
		return incomplete(fmt.Errorf("%s: the exchange did not end in time: the report covers what happened until then", path), "")
	case err == nil && rep.Input.Incomplete:
		return incomplete(fmt.Errorf("%s: the capture is not complete: %s", path, rep.Warnings[len(rep.Warnings)-1]), "")
	case err == nil && rep.Input.Packets > 0 && rep.Input.Counts.UnknownLink == rep.Input.Packets:
		return failed(fmt.Errorf("%s: link type %s is not decoded: nothing could be analysed", path, strings.Join(rep.Input.LinkTypes, ", ")),
			"tcplab decodes Ethernet, 802.11, Linux cooked captures, BSD loopback, PPP, raw IP and older networks")
	}
	return err
}
