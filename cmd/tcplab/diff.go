package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

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
			"where a stream was cut are no differences. Status 0: no difference, 1: differences, 2: trouble. Both are held in memory\n" +
			"whole, in some four times their size; captures beyond 1 GB are refused.",
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
	var wrong []error
	for i, path := range []string{pathA, pathB} {
		r, err := load(ctx, path)
		if r == nil {
			return trouble(err)
		}
		if err != nil {
			wrong = append(wrong, err)
		}
		reports[i] = r
	}
	form := canon.Of
	if (len(reports[0].Calls) == 0) != (len(reports[1].Calls) == 0) { // a capture alone does not know what programs forced
		form = canon.OfPackets
	}
	result := compare.Forms(form(reports[0]), form(reports[1]))
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
