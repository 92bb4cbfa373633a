package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/render/texttab"
	"tcplab/session/scenario"
)

// causeEntry is a cause as "tcplab explain --list --format json" prints it.
type causeEntry struct {
	Cause    string `json:"cause"`
	Title    string `json:"title"`
	Family   string `json:"family"`
	Scenario string `json:"scenario"`
}

func newExplain(a *app) *cobra.Command {
	var list bool
	var format string
	c := &cobra.Command{
		Use:   "explain CAUSE [FILE|DIR]",
		Short: "print the manual page of a cause, or why it is or is not that of a capture",
		Long: "Prints what is known of a cause: how it comes about, how it is proved, what looks like it, what helps. With a capture or\n" +
			"a saved run it says of each connection to which something happened why this is the cause, or why not.",
		Example: "  tcplab explain closed-port\n  tcplab explain closed-port capture.pcapng\n  tcplab explain --list\n  tcplab explain --list --format json",
		Args:    arguments(0, 2, "wants one cause, and at most one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case format != "text" && format != "json":
				return misused(cmd, fmt.Errorf("no format %q; there are text and json", format))
			case list && len(args) == 0:
				return listCauses(a, format)
			case !list && len(args) == 1:
				return explainCause(a, args[0], format)
			case !list && len(args) == 2:
				return explainCase(cmd.Context(), a, args[0], args[1], format)
			}
			return misused(cmd, fmt.Errorf("wants one cause, or --list"))
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return causeWords(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the causes by family")
	c.Flags().StringVar(&format, "format", "text", "`format`: text or json")
	offer(c, "format", "text", "json")
	return c
}

func listCauses(a *app, format string) error {
	entries := []causeEntry{}
	var list definitions
	rules := slices.Clone(analyze.Rules())
	slices.SortStableFunc(rules, func(a, b *diagnose.Rule) int { return cmp.Compare(a.Symptom, b.Symptom) })
	for _, r := range rules {
		entries = append(entries, causeEntry{r.ID, r.Title, r.Symptom.String(), shownBy(r)})
		list.add(r.Symptom.String(), r.ID, r.Title)
	}
	if format == "json" {
		return encodeJSON(a.out, entries)
	}
	return list.print(a.out, a.width())
}

// shownBy names the scenario that shows a cause, "" when none does.
func shownBy(r *diagnose.Rule) string {
	for _, s := range scenario.All() {
		if s.Cause != "" && r.Covers(s.Cause) {
			return s.Name
		}
	}
	return ""
}

// ruleOf returns the rule of a cause, or what may have been meant.
func ruleOf(name string) (*diagnose.Rule, error) {
	r := diagnose.Find(analyze.Rules(), name)
	if r != nil {
		return r, nil
	}
	hint := "tcplab explain --list lists the causes"
	if near := diagnose.Near(analyze.Rules(), name); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, ", ") + "? " + hint
	}
	return nil, usage(hint, "explain: no cause %q", name)
}

// explainCause prints all that a rule says of itself.
func explainCause(a *app, name, format string) error {
	r, err := ruleOf(name)
	if err != nil {
		return err
	}
	page := diagnose.PageOf(r)
	page.Scenario = shownBy(r)
	if format == "json" {
		return encodeJSON(a.out, page)
	}
	_, err = io.WriteString(a.out, pageText(page, a.width()))
	return err
}

// pageText lays a manual page out: one section for each thing worth knowing, empty ones left out.
func pageText(p diagnose.Page, width int) string {
	const label = 11
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", p.Cause, p.Title)
	trace := p.Scenario
	if trace != "" {
		trace = "tcplab trace " + trace
	}
	for _, section := range [][2]string{
		{"family", p.Family}, {"cause", p.Why}, {"fix", p.Fix}, {"proof", strings.Join(p.Proof, ", ")},
		{"looks like", strings.Join(p.LookAlikes, ", ")}, {"also", strings.Join(p.Aliases, ", ")},
		{"references", strings.Join(p.Refs, "; ")}, {"see it", trace},
	} {
		if section[1] == "" {
			continue
		}
		lines := texttab.Wrap(section[1], width-label)
		fmt.Fprintf(&b, "%-*s%s\n", label, section[0], strings.Join(lines, "\n"+strings.Repeat(" ", label)))
	}
	return b.String()
}
