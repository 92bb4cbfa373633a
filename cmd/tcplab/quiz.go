package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze/quiz"
	"tcplab/analyze/render/texttab"
)

func newQuiz(a *app) *cobra.Command {
	var key bool
	var format string
	var conn int
	c := &cobra.Command{
		Use:     "quiz FILE|DIR",
		Short:   "make an exercise of a capture: its segments with blanks to fill in",
		Example: "  tcplab quiz run1\n  tcplab quiz run1 --key\n  tcplab quiz capture.pcapng --conn 3 --format json",
		Args:    arguments(1, 1, "wants one capture or directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return misused(cmd, fmt.Errorf("no format %q; there are text and json", format))
			}
			return quizzed(cmd.Context(), a, args[0], conn, key, format)
		},
	}
	c.Flags().BoolVar(&key, "key", false, "print the answers too")
	c.Flags().StringVar(&format, "format", "text", "`format` of the quiz: text or json")
	offer(c, "format", "text", "json")
	c.Flags().IntVarP(&conn, "conn", "c", -1, "of the connection with this `number`")
	c.Flags().Lookup("conn").DefValue = "0" // the help shows no default: without the flag it is the one that carried most
	return c
}

func quizzed(ctx context.Context, a *app, path string, conn int, key bool, format string) error {
	r, conn, err := subject(ctx, path, conn)
	if r == nil {
		return err
	}
	q := quiz.Of(&r.Connections[conn])
	if !key {
		for i := range q.Blanks {
			q.Blanks[i].Answer, q.Blanks[i].Why = "", ""
		}
	}
	printed := flushed(a.out, func(w io.Writer) error {
		if format == "json" {
			return encodeJSON(w, q)
		}
		return printQuiz(w, q, key)
	})
	return errors.Join(printed, err)
}

// printQuiz writes the table in columns, and the key below it.
func printQuiz(w io.Writer, q quiz.Quiz, key bool) error {
	widths := make([]int, len(q.Columns))
	table := append([][]string{q.Columns}, q.Rows...)
	for _, row := range table {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range table {
		line := ""
		for i, cell := range row {
			line += fmt.Sprintf("%-*s  ", widths[i], cell)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if key {
		b.WriteString("\n")
		for _, k := range q.Blanks {
			fmt.Fprintf(&b, "[%d] %s: %s\n", k.ID, k.Answer, texttab.Clean(k.Why))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
