package main

import (
	"context"
	"encoding/json"
	"io"

	"golang.org/x/sys/unix"

	"tcplab/analyze"
	"tcplab/analyze/render"
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
	"tcplab/session"
	"tcplab/session/scenario"
)

// evidence is all that a run left behind, fresh or read back from a bundle.
type evidence struct {
	frames []capture.Frame
	calls  []calls.Call
	facts  []hostfacts.Facts
	about  capture.About
}

// kernel names the running kernel: "Linux 6.18.44".
func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}

// report analyses the evidence. A run and its replay meet here: the same evidence is the same report.
func (e *evidence) report(ctx context.Context) (*report.Report, error) {
	in := analyze.Input{Source: &frameSource{frames: e.frames}, Calls: e.calls, Facts: e.facts, About: &e.about, Tool: e.about.Tool}
	r, err := analyze.Run(ctx, in, analyze.Options{Segments: true, Payload: render.PayloadShown})
	if err != nil {
		return nil, err
	}
	r.Expectations, err = e.expectations(r)
	return r, err
}

// expectations compares the run with what its scenario promises. A bundle of a scenario that this version does not know
// is judged without.
func (e *evidence) expectations(r *report.Report) ([]report.Expectation, error) {
	s, err := scenario.Lookup(e.about.Scenario.Name)
	if err != nil || s.Expect == nil {
		return nil, nil
	}
	params := scenario.Params{Variant: e.about.Scenario.Variant}
	for key, value := range e.about.Scenario.Params {
		if params.Set(key, value) != nil {
			return nil, nil // the parameters of another version
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var decoded any
	if err := json.Unmarshal(text, &decoded); err != nil {
		return nil, err
	}
	var list []report.Expectation
	result := session.Result{Calls: e.calls, Exits: e.about.Actors}
	for _, claim := range s.Expect(params) {
		_, met := claim.Check(&result, decoded)
		list = append(list, report.Expectation{Text: claim.Text, Met: met})
	}
	return list, nil
}

// frameSource yields frames that are already in memory, as the file they would be saved in.
type frameSource struct {
	frames []capture.Frame
	stats  capture.Stats
}

// Next yields the next frame.
func (s *frameSource) Next(f *capture.Frame) error {
	n := s.stats.Packets
	if n == uint64(len(s.frames)) {
		return io.EOF
	}
	*f = s.frames[n]
	s.stats.Packets++
	s.stats.Bytes += uint64(len(f.Data))
	if len(s.stats.Links) == 0 {
		s.stats.Format, s.stats.Links = "pcapng", []capture.LinkType{f.Link} // one interface, one link type
	}
	return nil
}

// Stats says what was read.
func (s *frameSource) Stats() capture.Stats { return s.stats }

// Close does nothing: the frames stay.
func (s *frameSource) Close() error { return nil }
