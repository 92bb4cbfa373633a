package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze/answers"
	"tcplab/analyze/canon"
	"tcplab/analyze/check"
	"tcplab/analyze/compare"
	"tcplab/analyze/quiz"
	"tcplab/analyze/report"
)

// written is something that tcplab prints as JSON.
type written struct {
	name, by string
	value    reflect.Type
	id       string
}

// schemas are all of them, the report first.
var schemas = []written{
	{"report", "trace, analyze, diagnose", reflect.TypeFor[report.Report](), report.Schema},
	{"canonical", "trace and analyze --canonical", reflect.TypeFor[canon.Form](), canon.Schema},
	{"check", "check", reflect.TypeFor[check.Summary](), "tcplab.check/1"},
	{"diff", "diff", reflect.TypeFor[compare.Result](), "tcplab.diff/1"},
	{"answers", "answers", reflect.TypeFor[answers.Sheet](), "tcplab.answers/1"},
	{"quiz", "quiz", reflect.TypeFor[quiz.Quiz](), "tcplab.quiz/1"},
}

// newSchema prints the JSON Schema of reports and of what other commands print.
func newSchema(a *app) *cobra.Command {
	var names, lines []string
	for _, w := range schemas {
		names = append(names, w.name)
		lines = append(lines, fmt.Sprintf("  %-10s %s", w.name, w.by))
	}
	return &cobra.Command{
		Use:       "schema [NAME]",
		Short:     "print the JSON Schema of what --format json prints",
		Long:      "Without NAME it is that of a report. There are, each with the commands that print it:\n\n" + strings.Join(lines, "\n"),
		Example:   "  tcplab schema > tcplab-report.schema.json\n  tcplab schema check",
		Args:      arguments(0, 1, "takes at most one name"),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			name := append(args, "report")[0]
			for _, w := range schemas {
				if w.name == name {
					text, err := report.SchemaOf(w.value, w.id)
					if err != nil {
						return err
					}
					_, err = fmt.Fprintf(a.out, "%s\n", text)
					return err
				}
			}
			return usage("there are "+strings.Join(names, ", "), "schema: no schema %q", name)
		},
	}
}
