package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"

	"tcplab/analyze"
	"tcplab/analyze/browse"
	"tcplab/analyze/render"
	"tcplab/analyze/report"
)

// viewing is what "tcplab view" was asked to do.
type viewing struct {
	filter, color string
	ascii         bool
}

func newView(a *app) *cobra.Command {
	v := &viewing{}
	c := &cobra.Command{
		Use:   "view FILE|DIR [OTHER]",
		Short: "browse a saved capture in the terminal",
		Long: "Shows the connections of a capture, of one of them the ladder of its segments, of a segment its fields and payload,\n" +
			"and what was found, with the proof. Keys stand at the bottom; ? lists all of them. FILE is what analyze reads; of a\n" +
			"directory that trace --save wrote, the ladder shows the system calls too. OTHER is the capture of the other end: both\n" +
			"are joined, as analyze --both-ends does.",
		Example: "  tcplab view capture.pcapng\n" +
			"  tcplab view hello\n" +
			"  tcplab view client-side server-side\n" +
			"  tcplab view capture.pcapng --filter \"tcp port 443\"",
		Args: arguments(1, 2, "wants one file or directory, or the captures of both ends"),
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), a, args) },
	}
	f := c.Flags()
	f.StringVarP(&v.filter, "filter", "f", "", "read only frames that this capture `filter` (tcpdump's language) accepts")
	f.StringVar(&v.color, "color", "auto", "`when` to colour: auto, always or never")
	offer(c, "color", "auto", "always", "never")
	f.BoolVar(&v.ascii, "ascii", false, "draw with ASCII characters only")
	return c
}

// run reads the input and hands the terminal to the browser until it is left.
func (v *viewing) run(ctx context.Context, a *app, in input) error {
	path := in[0]
	if err := v.possible(a, in); err != nil {
		return err
	}
	rep, lost := v.read(ctx, a, in)
	if rep == nil {
		return lost
	}
	data := browse.Data{Report: rep}
	if !isDir(path) && len(in) == 1 {
		data.Load = func(ctx context.Context, c *report.Connection) (*report.Connection, error) {
			return v.load(ctx, path, c)
		}
	}
	model := browse.New(data, browse.Look{Color: a.colour(v.color), ASCII: v.ascii})
	_, err := tea.NewProgram(model, tea.WithContext(ctx), tea.WithInput(a.in), tea.WithOutput(a.out), tea.WithoutSignalHandler()).Run()
	if ctx.Err() != nil {
		return incomplete(fmt.Errorf("view: interrupted"), "")
	}
	return errors.Join(err, lost)
}

// possible refuses what a browser cannot show or come back to.
func (v *viewing) possible(a *app, in input) error {
	instead := fmt.Sprintf("tcplab analyze %s prints the same where there is no terminal", in.name())
	switch {
	case v.color != "auto" && v.color != "always" && v.color != "never":
		return usage("tcplab view --help shows the flags and examples", "--color %q is not auto, always or never", v.color)
	case a.outWidth == 0:
		return usage(instead, "view: standard output is no terminal")
	case a.getenv("TERM") == "dumb":
		return usage(instead, "view: a terminal of type \"dumb\" cannot show a screen")
	case slices.Contains(in, "-"):
		return usage("save it to a file first: tcpdump -w FILE; tcplab analyze - reads it as it comes", "view: standard input cannot be read twice")
	}
	return nil
}

// read analyses the input: of a file no segments yet, which keeps the memory small however long it is.
func (v *viewing) read(ctx context.Context, a *app, in input) (*report.Report, error) {
	path := in[0]
	if len(in) == 2 {
		return loadPair(ctx, in[0], in[1], v.filter)
	}
	if isDir(path) {
		e, err := openBundle(path)
		if err != nil {
			return nil, err
		}
		e.filter = v.filter
		rep, err := e.report(ctx)
		if rep == nil {
			return nil, err
		}
		return rep, errors.Join(lost(path, rep, err), damagedParts(e))
	}
	src, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	selected, err := withFilter(src, v.filter)
	if err != nil {
		return nil, err
	}
	rep, err := survey(ctx, analyze.Input{Source: a.withProgress(selected), Tool: toolVersion()})
	if rep == nil || ctx.Err() != nil {
		return nil, err
	}
	return rep, lost(path, rep, err)
}

// surveyed is the size from which on connections are judged as they end, by those before them: that takes less memory.
const surveyed = 64 << 20

// survey reads every connection, without segments.
func survey(ctx context.Context, in analyze.Input) (*report.Report, error) {
	if in.Source.Stats().Size < surveyed {
		return analyze.Run(ctx, in, analyze.Options{})
	}
	return asTheyEnd(ctx, in)
}

// asTheyEnd collects connections while the capture is still being read.
func asTheyEnd(ctx context.Context, in analyze.Input) (*report.Report, error) {
	connections := []report.Connection{}
	rep, err := analyze.Run(ctx, in, analyze.Options{Each: func(c *report.Connection) error {
		connections = append(connections, c.Clone())
		return nil
	}})
	if rep != nil {
		slices.SortFunc(connections, func(a, b report.Connection) int { return cmp.Compare(a.ID, b.ID) })
		rep.Connections = connections
	}
	return rep, err
}

// wholePayload is the number of segments up to which a connection is loaded with every byte it carried.
const wholePayload = 2000

// load reads the segments of one connection. A file that is cut was complained of when all of it was read.
func (v *viewing) load(ctx context.Context, path string, c *report.Connection) (*report.Connection, error) {
	src, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	selected, err := withFilter(src, v.filter)
	if err != nil {
		return nil, err
	}
	opt := analyze.Options{Segments: true, Payload: render.PayloadShown, Only: &c.ID}
	if c.Frames <= wholePayload {
		opt.Payload = 1 << 16
	}
	var found *report.Connection
	opt.Each = func(conn *report.Connection) error {
		if conn.ID != c.ID {
			return nil
		}
		found = withPayload(conn)
		return errEnough
	}
	_, err = analyze.Run(ctx, analyze.Input{Source: selected}, opt)
	if found == nil {
		return nil, cmp.Or(err, fmt.Errorf("%s: connection %d is not there any more", path, c.ID))
	}
	return found, nil
}

// errEnough ends the reading of a file once the connection that was wanted has ended.
var errEnough = errors.New("the connection was found")

// withPayload copies a connection and the bytes of its segments, which the analysis uses again.
func withPayload(c *report.Connection) *report.Connection {
	own := c.Clone()
	for i := range own.Segments {
		own.Segments[i].Payload = slices.Clone(own.Segments[i].Payload)
	}
	return &own
}
