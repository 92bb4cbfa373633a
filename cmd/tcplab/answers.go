package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze/answers"
	"tcplab/analyze/render/texttab"
)

func newAnswers(a *app) *cobra.Command {
	var list bool
	var format string
	var conn int
	c := &cobra.Command{
		Use:   "answers SET FILE|DIR",
		Short: "answer the questions of a lab exercise from a capture, with frames",
		Long: "Answers a set of standard questions from the connection that carried most, or the one that --conn names. What the\n" +
			"capture does not show is said to be so.",
		Example: "  tcplab answers --list\n  tcplab answers kurose-v8 capture.pcapng\n  tcplab answers daytime run1 --format json",
		Args:    arguments(0, 2, "wants a set and one capture"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case format != "text" && format != "json":
				return misused(cmd, fmt.Errorf("no format %q; there are text and json", format))
			case list && len(args) == 0:
				return listSets(a, format)
			case list || len(args) != 2:
				return misused(cmd, errors.New("wants a set and one capture, or --list"))
			}
			return answered(cmd.Context(), a, args[0], args[1], conn, format)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) (sets []string, _ cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			for _, s := range answers.Sets() {
				sets = append(sets, s.Name+"\t"+s.Title)
			}
			return sets, cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the sets of questions")
	c.Flags().StringVar(&format, "format", "text", "`format` of the answers: text or json")
	offer(c, "format", "text", "json")
	c.Flags().IntVarP(&conn, "conn", "c", -1, "ask about the connection with this `number`")
	c.Flags().Lookup("conn").DefValue = "0" // the help shows no default: without the flag it is the one that carried most
	return c
}

// setEntry is a set as answers --list --format json prints it.
type setEntry struct {
	Set   string `json:"set"`
	Title string `json:"title"`
}

func listSets(a *app, format string) error {
	entries := []setEntry{}
	var list definitions
	for _, s := range answers.Sets() {
		entries = append(entries, setEntry{s.Name, s.Title})
		list.add("sets", s.Name, s.Title)
	}
	if format == "json" {
		return encodeJSON(a.out, entries)
	}
	return list.print(a.out, a.width())
}

// answered answers the questions of a set.
func answered(ctx context.Context, a *app, name, path string, conn int, format string) error {
	set, ok := answers.Lookup(name)
	if !ok {
		var names []string
		for _, s := range answers.Sets() {
			names = append(names, s.Name)
		}
		return usage("the sets are "+strings.Join(names, ", "), "answers: no set %q", name)
	}
	r, conn, err := subject(ctx, path, conn)
	if r == nil {
		return err
	}
	sheet := set.Of(r, conn)
	printed := flushed(a.out, func(w io.Writer) error {
		if format == "json" {
			return encodeJSON(w, sheet)
		}
		return printSheet(w, sheet, a.width())
	})
	return errors.Join(printed, err)
}

// printSheet writes questions and answers below each other.
func printSheet(w io.Writer, s answers.Sheet, width int) error {
	const indent = "    "
	var b strings.Builder
	para := func(head, text string) {
		for line := range strings.Lines(text) {
			lines := texttab.Wrap(texttab.Clean(strings.TrimRight(line, "\n")), max(width-len(indent)-len(head), 40))
			margin := indent + strings.Repeat(" ", len(head))
			fmt.Fprintf(&b, "%s%s%s\n", indent, head, strings.Join(lines, "\n"+margin))
			head = strings.Repeat(" ", len(head))
		}
	}
	for _, a := range s.Answers {
		fmt.Fprintf(&b, "%-3s %s\n", a.ID, strings.Join(texttab.Wrap(a.Question, max(width-len(indent), 40)), "\n"+indent))
		para("", a.Answer)
		if len(a.Frames) > 0 {
			para("frames  ", strings.Trim(fmt.Sprint(a.Frames), "[]"))
		}
		if a.Note != "" {
			para("note    ", a.Note)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
