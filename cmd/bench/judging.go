package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime/pprof"
	"strings"

	"github.com/google/pprof/profile"

	"tcplab/analyze"
	"tcplab/analyze/render"
	"tcplab/capture/pcapfile"
)

// judged is how much of the samples of an analysis' processor time fell into finding the causes of its connections: into the
// rules and what serves them, down to the words of the findings. What clears away memory beside is nobody's.
type judged struct {
	samples, judging int64
}

func (j *judged) percent() float64 { return 100 * float64(j.judging) / float64(max(j.samples, 1)) }

// judging analyses a capture in this process as "tcplab analyze --format ndjson" does, a few times, under the profiler.
func judging(ctx context.Context, path string, rounds int) (judged, error) {
	var samples bytes.Buffer
	if err := pprof.StartCPUProfile(&samples); err != nil {
		return judged{}, err
	}
	var err error
	for range rounds {
		err = errors.Join(err, analysis(ctx, path))
	}
	pprof.StopCPUProfile()
	p, broken := profile.Parse(&samples)
	if err = errors.Join(err, broken); err != nil {
		return judged{}, err
	}
	return shareOf(p, "tcplab/analyze/diagnose"), nil
}

func analysis(ctx context.Context, path string) (err error) {
	src, err := pcapfile.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	out := render.NDJSON.Stream(io.Discard, render.Options{Conn: -1})
	r, err := analyze.Run(ctx, analyze.Input{Source: src}, analyze.Options{Each: out.Connection})
	if err != nil {
		return err
	}
	return out.Finish(r)
}

// shareOf counts the samples that were taken while a function of a package, or below it, was at work.
func shareOf(p *profile.Profile, pkg string) (j judged) {
	for _, s := range p.Sample {
		j.samples += s.Value[0]
		if within(s, pkg) {
			j.judging += s.Value[0]
		}
	}
	return j
}

func within(s *profile.Sample, pkg string) bool {
	for _, at := range s.Location {
		for _, line := range at.Line {
			if rest, ok := strings.CutPrefix(line.Function.Name, pkg); ok && (rest[0] == '.' || rest[0] == '/') {
				return true
			}
		}
	}
	return false
}
