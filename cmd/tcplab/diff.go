package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tcplab/analyze"
	"tcplab/analyze/canon"
	"tcplab/analyze/compare"
	"tcplab/analyze/render/texttab"
	"tcplab/analyze/report"
)

// exitTrouble is what diff ends with when it could not compare: 1 means that there are differences, as for diff(1).
const exitTrouble = 2

func newDiff(a *app) *cobra.Command {
	format := "text"
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "say what differs between two captures or saved runs",
		Long: "Compares two captures or saved runs in their canonical form: ports that nobody chose, initial numbers, clocks and\n" +
			"where a stream was cut are no differences. Status 0: no difference, 1: differences, 2: trouble. Each is held in memory\n" +
			"with every segment while it is read; captures beyond 1 GB are refused.",
		Example: "  tcplab diff run1 run2\n  tcplab diff expected.pcapng student.pcapng --format json",
		Args:    arguments(2, 2, "wants two captures or directories"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return misused(cmd, fmt.Errorf("no format %q; there are text and json", format))
			}
			return compared(cmd.Context(), a, args[0], args[1], format)
		},
	}
	c.Flags().StringVar(&format, "format", format, "`format` of the differences: text or json")
	offer(c, "format", "text", "json")
	return c
}

// compared compares two inputs and writes what differs.
func compared(ctx context.Context, a *app, pathA, pathB, format string) error {
	if twoSides([]string{pathA, pathB}) {
		return trouble(usage("tcplab analyze "+pathA+" "+pathB+" joins them and says what became of each segment on the way",
			"diff: %s and %s are the two sides of one run, not two runs", pathA, pathB))
	}
	var reports [2]*report.Report
	var forms [2]*canon.Form
	var wrong []error
	for i, path := range []string{pathA, pathB} {
		var err error
		if reports[i], forms[i], err = formOf(ctx, path); reports[i] == nil {
			return trouble(err)
		}
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	if len(reports[0].Calls) > 0 && len(reports[1].Calls) > 0 { // a capture alone does not know what programs forced
		forms = [2]*canon.Form{canon.Of(reports[0]), canon.Of(reports[1])}
	}
	result := compare.Forms(forms[0], forms[1])
	err := flushed(a.out, func(w io.Writer) error {
		if format == "json" {
			return encodeJSON(w, result)
		}
		return printDifferences(w, pathA, pathB, result)
	})
	switch {
	case err != nil || len(wrong) > 0:
		return trouble(errors.Join(append(wrong, err)...))
	case !result.Equal:
		return ended(1)
	}
	return nil
}

// formOf is the canonical form of what an input shows of the packets. Of a capture the report holds no connections.
func formOf(ctx context.Context, path string) (*report.Report, *canon.Form, error) {
	if isDir(path) || path == "-" {
		r, err := load(ctx, path)
		if r == nil {
			return nil, nil, err
		}
		return r, canon.OfPackets(r), err
	}
	packets := canon.NewPackets()
	form := &canon.Form{Schema: canon.Schema, Connections: []canon.Connection{}}
	r, err := read(ctx, path, analyze.Options{Segments: true, Follow: true, Final: func(c *report.Connection) error {
		form.Connections = append(form.Connections, packets.Connection(c))
		return nil
	}})
	if r != nil {
		form.Findings = packets.Findings(r.Findings)
	}
	return r, form, err
}

// trouble gives an error the status of a comparison that could not be made in full.
func trouble(err error) error {
	return &failure{err: err, status: exitTrouble, hint: asFailure(err).hint}
}

// printDifferences writes what differs in the manner of diff -u: - is A, + is B.
func printDifferences(w io.Writer, pathA, pathB string, r compare.Result) error {
	if r.Equal {
		return nil
	}
	fmt.Fprintf(w, "--- %s\n+++ %s\n", texttab.Clean(pathA), texttab.Clean(pathB))
	for _, d := range r.Differences {
		fmt.Fprintf(w, "%s\n", texttab.Clean(d.Where))
		if d.A != "" {
			fmt.Fprintf(w, "- %s\n", texttab.Clean(d.A))
		}
		if d.B != "" {
			fmt.Fprintf(w, "+ %s\n", texttab.Clean(d.B))
		}
	}
	return nil
}
