package main

import (
	"io"

	"github.com/spf13/cobra"

	"tcplab/analyze/canon"
	"tcplab/analyze/report"
)

// derived is what else is made of the evidence: a report that is the same for every run.
type derived struct {
	canonical bool
}

// register adds the flags to c.
func (d *derived) register(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&d.canonical, "canonical", false, "print what is the same in every run of the same exchange, without clocks, ports and pids")
}

// check refuses flags that make no sense together.
func (d *derived) check(format string) error {
	if d.canonical && format != "text" && format != "json" {
		return usage("without --canonical every format can be had", "--canonical has the formats text and json, not %s", format)
	}
	return nil
}

// needsAll reports whether the report must hold every segment and all payload.
func (d *derived) needsAll() bool { return d.canonical }

// writeCanonical writes the canonical form of a report, or of the one connection that was asked for.
func (o *output) writeCanonical(w io.Writer, r *report.Report) error {
	if o.conn >= 0 {
		one := *r
		one.Connections = r.Connections[o.conn : o.conn+1]
		r = &one
	}
	form := canon.Of(r)
	if o.format == "json" {
		return encodeJSON(w, form)
	}
	return form.WriteText(w)
}
