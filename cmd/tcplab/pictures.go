package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"tcplab/analyze/render"
	"tcplab/analyze/report"
)

// pictures are files written beside the report, whatever its format: the flag of each is the name of its own format.
type pictures []picture

type picture struct {
	format render.Format
	file   string
}

// register adds a flag for each kind of picture.
func (p *pictures) register(f *pflag.FlagSet) {
	for _, format := range []render.Format{render.SVG, render.SequenceSVG, render.PNG, render.SequencePNG} {
		*p = append(*p, picture{format: format})
	}
	for i := range *p {
		one := &(*p)[i]
		f.StringVar(&one.file, one.format.Name, "", "also draw to this `file`: "+one.format.Doc)
	}
}

// wanted reports whether any is to be drawn: the report then needs the segments.
func (p pictures) wanted() bool {
	for _, one := range p {
		if one.file != "" {
			return true
		}
	}
	return false
}

// write draws what was asked for.
func (p pictures) write(r *report.Report, o render.Options) error {
	var wrong []error
	for _, one := range p {
		if one.file != "" {
			wrong = append(wrong, one.write(r, o))
		}
	}
	return errors.Join(wrong...)
}

func (p picture) write(r *report.Report, o render.Options) error {
	f, err := os.Create(p.file)
	if err == nil {
		err = errors.Join(flushed(f, func(w io.Writer) error { return p.format.Write(w, r, o) }), f.Close())
	}
	if err != nil {
		return failed(fmt.Errorf("--%s: %w", p.format.Name, err), "")
	}
	return nil
}
