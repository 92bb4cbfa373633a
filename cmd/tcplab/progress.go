package main

import (
	"fmt"
	"io"
	"time"

	"tcplab/capture"
)

const (
	progressAfter = time.Second            // shorter work needs no word
	progressEvery = 200 * time.Millisecond // a line redrawn faster cannot be read
	progressCheck = 4096                   // frames between looks at the clock: one look costs about one frame
)

// progress is a Source that tells a terminal how far reading has come, once that takes longer than a second.
type progress struct {
	capture.Source
	w           io.Writer
	now         func() time.Time
	start, next time.Time
	frames      uint64
	drawn       bool
}

// withProgress returns src, watched if standard error is a terminal.
func (a *app) withProgress(src capture.Source) capture.Source {
	if !a.errTTY {
		return src
	}
	start := a.now()
	return &progress{Source: src, w: a.err, now: a.now, start: start, next: start.Add(progressAfter)}
}

// Next reads one frame on.
func (p *progress) Next(f *capture.Frame) error {
	err := p.Source.Next(f)
	if p.frames++; err != nil || p.frames%progressCheck == 0 {
		p.look(err)
	}
	return err
}

// NextBatch reads many frames on.
func (p *progress) NextBatch(b *capture.Batch) error {
	err := capture.NextBatch(p.Source, b)
	p.look(err)
	return err
}

// look redraws the line when it is due, and wipes it when the source has ended, whatever ended it.
func (p *progress) look(err error) {
	if err != nil {
		if p.drawn {
			io.WriteString(p.w, "\r\x1b[K")
			p.drawn = false
		}
		return
	}
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.next, p.drawn = now.Add(progressEvery), true
	fmt.Fprintf(p.w, "\r%s\x1b[K", progressLine(p.Stats(), now.Sub(p.start)))
}

// progressLine says how much of the input was read in elapsed, how fast, and how long the rest will take.
func progressLine(s capture.Stats, elapsed time.Duration) string {
	rate := float64(s.Packets) / elapsed.Seconds()
	line := fmt.Sprintf("%.1f M packets, %.1f M/s", float64(s.Packets)/1e6, rate/1e6)
	if s.Size <= 0 || s.Offset <= 0 || s.Offset > s.Size {
		return line
	}
	left := time.Duration(float64(elapsed) * float64(s.Size-s.Offset) / float64(s.Offset))
	return fmt.Sprintf("%s, %d %%, %s left", line, 100*s.Offset/s.Size, left.Round(time.Second))
}
