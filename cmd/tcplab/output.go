package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tcplab/analyze/render"
	"tcplab/analyze/report"
)

// output is how a report is to be written: the flags that trace, analyze and diagnose share.
type output struct {
	format, color, file string
	width               int
	ascii, segments     bool
	raw, options        bool
	conn                int // only this connection; -1: all
	findingsOnly        bool
	follow, hex         bool   // of conn: what both ends said
	find                []byte // where it was sent
	failOn              failOn
	derived             derived
	pictures            pictures
}

// register adds the flags to c.
func (o *output) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "`format` of the report: "+strings.Join(render.Names(), ", "))
	f.StringVarP(&o.file, "output", "o", "", "write the report to this `file` instead of standard output")
	f.IntVar(&o.width, "width", 0, "`columns` of a text report, 80 to 200 (default: the terminal's, 80 in a pipe)")
	f.StringVar(&o.color, "color", "auto", "`when` to colour: auto, always or never")
	f.BoolVar(&o.ascii, "ascii", false, "draw with ASCII characters only")
	f.BoolVar(&o.raw, "raw", false, "also show raw sequence numbers and IP fields")
	f.BoolVar(&o.options, "options", false, "also show the TCP options of each segment")
	f.BoolVar(&o.segments, "segments", false, "also show every segment of every connection")
	f.StringSliceVar((*[]string)(&o.failOn), "fail-on", nil, "exit with status 4 on these `findings`: families, causes, error, warning, any, or exit")
	o.pictures.register(f)
	o.conn = -1
	offer(c, "format", render.Names()...)
	offer(c, "color", "auto", "always", "never")
	offerCauses(c, "fail-on", append([]string{"any", "error", "warning", wordExit}, families...)...)
}

// must panics on an error that only a mistake in this program can cause.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// check refuses flags that make no sense.
func (o *output) check(e *env) error {
	const help = "tcplab --help lists the commands, tcplab COMMAND --help their flags"
	format, ok := render.ByName(o.format)
	if !ok {
		return usage(help, "no format %q; there are %s", o.format, strings.Join(render.Names(), ", "))
	}
	if format.Binary && o.file == "" && e.outWidth > 0 {
		return usage("name a file: --output report."+strings.TrimSuffix(o.format, "-sequence"), "--format %s writes an image, which a terminal cannot show", o.format)
	}
	if o.color != "auto" && o.color != "always" && o.color != "never" {
		return usage(help, "--color %q is not auto, always or never", o.color)
	}
	if o.width != 0 && (o.width < 80 || o.width > 200) {
		return usage(help, "--width %d is not between 80 and 200", o.width)
	}
	if err := o.derived.check(o.format); err != nil {
		return err
	}
	return o.failOn.check()
}

// rendering returns what the renderer needs to know. A file is not a terminal, whatever this process was started from.
func (o *output) rendering(e *env) render.Options {
	target := *e
	if o.file != "" {
		target.outWidth = 0
	}
	width := o.width
	if width == 0 {
		width = target.width()
	}
	return render.Options{
		Width: width, Color: target.colour(o.color), ASCII: o.ascii, Segments: o.segments, Conn: o.conn,
		Raw: o.raw, ShowOptions: o.options, FindingsOnly: o.findingsOnly, Follow: o.follow, Hex: o.hex, Find: o.find,
	}
}

// report writes a whole report to where it goes.
func (o *output) report(e *env, r *report.Report) error {
	return o.to(e, func(w io.Writer) error { return o.write(w, e, r) })
}

// write writes a whole report to w.
func (o *output) write(w io.Writer, e *env, r *report.Report) error {
	if o.derived.canonical != "" {
		return o.writeCanonical(w, r)
	}
	format, _ := render.ByName(o.format) // check has looked
	return errors.Join(format.Write(w, r, o.rendering(e)), o.pictures.write(r, o.rendering(e)))
}

// to calls write with the place reports go to, and makes sure that all of it arrived, also what was written before an
// error.
func (o *output) to(e *env, write func(io.Writer) error) error {
	if o.file == "" {
		return flushed(e.out, write)
	}
	f, err := os.Create(o.file)
	if err != nil {
		return failed(fmt.Errorf("output: %w", err), "")
	}
	return errors.Join(flushed(f, write), f.Close())
}

func flushed(w io.Writer, write func(io.Writer) error) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	return errors.Join(write(buffered), buffered.Flush())
}

// encodeJSON writes a list of its own as JSON, for other programs, and harmless to a terminal too.
func encodeJSON(w io.Writer, v any) error { return encodeIndented(w, "", v) }

// encodeIndented does so with a margin before each line but the first.
func encodeIndented(w io.Writer, margin string, v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent(margin, "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(render.Unsteered(text.Bytes()))
	return err
}
