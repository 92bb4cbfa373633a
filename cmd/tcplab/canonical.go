package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze/canon"
	"tcplab/analyze/report"
	"tcplab/capture"
)

// derived is what else is made of the evidence: a report that is the same for every run, and a capture that says of each
// packet what the report knows of it.
type derived struct {
	canonical string // "wire", "host" for both sections, "" when it was not asked for
	annotate  string
	pcap      string
}

// register adds the flags to c.
func (d *derived) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&d.canonical, "canonical", "", "print what is the same in every run of the same exchange; =host adds a `section` on this run and host")
	f.Lookup("canonical").NoOptDefVal = "wire"
	offer(c, "canonical", "wire", "host")
	f.StringVar(&d.pcap, "canonical-pcap", "", "write the TCP segments to this pcapng `file`, fit to share: other addresses, numbers and times")
	f.StringVar(&d.annotate, "annotate", "", "write the packets to this pcapng `file`, each with a comment: phase, words, marks, finding, call")
}

// check refuses flags that make no sense together.
func (d *derived) check(format string) error {
	if d.canonical != "" && d.canonical != "wire" && d.canonical != "host" {
		return usage("--canonical alone prints what is the same in every run, --canonical=host also what is not",
			"--canonical=%s: there are wire and host", d.canonical)
	}
	if d.canonical != "" && format != "text" && format != "json" {
		return usage("without --canonical every format can be had", "--canonical has the formats text and json, not %s", format)
	}
	return nil
}

// needsAll reports whether the report must hold every segment.
func (d *derived) needsAll() bool { return d.needsBytes() || d.annotate != "" }

// needsBytes reports whether it must hold all payload too.
func (d *derived) needsBytes() bool { return d.canonical != "" || d.pcap != "" }

// write writes the captures that were asked for; frames opens the packets once more.
func (d *derived) write(rep *report.Report, frames func() (capture.Source, error)) error {
	return d.writeWith(new(remarks), rep, frames)
}

// writeWith does so with the remarks on connections that the report no longer has.
func (d *derived) writeWith(said *remarks, rep *report.Report, frames func() (capture.Source, error)) error {
	if d.pcap != "" {
		if err := writeCanonicalCapture(d.pcap, rep); err != nil {
			return err
		}
	}
	if d.annotate == "" {
		return nil
	}
	src, err := frames()
	if err != nil {
		return failed(fmt.Errorf("--annotate: %w", err), "it reads the capture twice: standard input can be read once only")
	}
	defer src.Close()
	if err := said.add(rep); err != nil {
		return err
	}
	return writeAnnotated(d.annotate, said, src)
}

// formed writes the canonical form of a capture connection by connection, and holds none of them.
type formed struct {
	w       io.Writer
	json    bool
	packets *canon.Packets
	count   int
}

// formed returns what does so; false where connections are chosen, or more is made of them than their form.
func (r *reading) formed(w io.Writer) (*formed, bool) {
	o := &r.output
	if o.derived != (derived{canonical: "wire"}) || o.conn >= 0 || o.pictures.wanted() || len(o.failOn) > 0 || !r.selection.all() || r.bothEnds {
		return nil, false
	}
	return &formed{w: w, json: o.format == "json", packets: canon.NewPackets()}, true
}

func (f *formed) connection(c *report.Connection) error {
	one := f.packets.Connection(c)
	f.count++
	if !f.json {
		return one.WriteText(f.w, f.count-1)
	}
	before, _, err := around(&canon.Form{Schema: canon.Schema})
	if f.count > 1 {
		before = ","
	}
	if _, failed := io.WriteString(f.w, before+"\n    "); err != nil || failed != nil {
		return errors.Join(err, failed)
	}
	var text bytes.Buffer
	if err := encodeIndented(&text, "    ", one); err != nil {
		return err
	}
	_, err = f.w.Write(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
	return err
}

// finish writes what belongs to no connection.
func (f *formed) finish(r *report.Report) error {
	form := &canon.Form{Schema: canon.Schema, Connections: []canon.Connection{}, Findings: f.packets.Findings(r.Findings)}
	switch {
	case f.json && f.count == 0:
		return encodeJSON(f.w, form)
	case f.json:
		_, behind, err := around(form)
		if err != nil {
			return err
		}
		_, err = io.WriteString(f.w, "\n  "+behind)
		return err
	case f.count > 0 && len(form.Findings) == 0:
		return nil
	}
	return form.WriteText(f.w)
}

// around is the JSON of a form before and behind its connections, of which it has none.
func around(form *canon.Form) (before, behind string, err error) {
	form.Connections = []canon.Connection{}
	var text bytes.Buffer
	err = encodeJSON(&text, form)
	before, behind, _ = strings.Cut(text.String(), "[]")
	return before + "[", "]" + behind, err
}

// writeCanonical writes the canonical form of a report, or of the one connection that was asked for.
func (o *output) writeCanonical(w io.Writer, r *report.Report) error {
	if o.conn >= 0 {
		one := *r
		one.Connections = r.Connections[o.conn : o.conn+1]
		r = &one
	}
	form := canon.Of(r)
	if o.derived.canonical == "host" {
		form.Host = canon.HostOf(r)
	}
	if o.format == "json" {
		return encodeJSON(w, form)
	}
	return form.WriteText(w)
}
