package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tcplab/analyze/report"
)

// newSchema prints the JSON Schema of reports.
func newSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "print the JSON Schema of what --format json prints",
		Example: "  tcplab schema > tcplab-report.schema.json",
		Args:    arguments(0, 0, "takes no argument"),
		RunE: func(*cobra.Command, []string) error {
			text, err := report.JSONSchema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%s\n", text)
			return err
		},
	}
}
