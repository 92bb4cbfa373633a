package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/join"
	"tcplab/analyze/render"
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/bundle"
	"tcplab/session"
	"tcplab/session/scenario"
)

// evidence is all that a run left behind: fresh, with its frames in memory, or read back from a bundle.
type evidence struct {
	bundle.Bundle
	frames    []capture.Frame
	far       []capture.Frame // captured at the server's end, nil when one end was captured
	filter    string          // only frames that it accepts, "" for all
	follow    bool            // the report has the transcripts of the connections
	measures  bool            // collect the numbers of --measures
	find      []byte          // and where this was sent
	ask       *analyze.Question
	wireshark bool       // and Wireshark's judgement beside ours
	join      *join.Join // what the frames are joined from, nil when they were captured at one place
}

// openBundle reads the evidence in dir.
func openBundle(dir string) (*evidence, error) {
	b, err := bundle.Read(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	return &evidence{Bundle: *b}, nil
}

// save writes the evidence as a bundle.
func (e *evidence) save(dir string) error {
	if err := bundle.Write(dir, &e.Bundle, &frameSource{frames: e.frames}); err != nil {
		return failed(fmt.Errorf("save: %w", err), "--save wants a new or empty directory, or an older bundle to replace")
	}
	if e.far != nil {
		if err := bundle.WriteFar(dir, &e.Bundle, &frameSource{frames: e.far}); err != nil {
			return failed(fmt.Errorf("save: %w", err), "")
		}
	}
	return nil
}

// farSource yields the frames of the server's end.
func (e *evidence) farSource() (capture.Source, error) {
	if e.far != nil {
		return &frameSource{frames: e.far}, nil
	}
	src, err := e.Far()
	if err != nil {
		return nil, failed(err, "")
	}
	return withFilter(src, e.filter)
}

// joinFar joins the captures of both ends, where a run has both. Its hosts are of one machine, and so is their clock.
func (e *evidence) joinFar(ctx context.Context) error {
	if e.join != nil || e.far == nil && (e.Dir == "" || !e.HasFar()) {
		return nil
	}
	near, far := e.capture("", "client"), e.capture("", "server")
	near.Open, far.Open = e.nearSource, e.farSource
	j, err := join.Of(ctx, near, far, true)
	if errors.Is(err, join.ErrNothingShared) {
		return nil // no end has any: there is nothing to join
	}
	e.join = j
	return err
}

// source yields the frames. That they are missing has been told by Read; the calls and facts are worth a report still.
func (e *evidence) source() (capture.Source, error) {
	if e.join != nil {
		return e.join.Source()
	}
	return e.nearSource()
}

// nearSource yields the frames of the only end that was captured, or of the client's.
func (e *evidence) nearSource() (capture.Source, error) {
	if e.frames != nil || e.Dir == "" {
		return &frameSource{frames: e.frames}, nil
	}
	src, err := e.Frames()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &frameSource{}, nil
	case err != nil:
		return nil, failed(err, "")
	}
	return withFilter(src, e.filter)
}

// again opens the frames of a saved run once more, all of them.
func (e *evidence) again() (capture.Source, error) {
	if e.join != nil {
		return e.join.Source()
	}
	return e.Frames()
}

// described yields the frames with what their file would say of them.
func (e *evidence) described() (capture.Source, error) {
	src, err := e.source()
	if err != nil || e.frames == nil {
		return src, err
	}
	return described{src, &e.About}, nil
}

// report analyses the evidence. A run and its replay meet here: the same evidence is the same report.
func (e *evidence) report(ctx context.Context) (*report.Report, error) {
	if err := e.joinFar(ctx); err != nil {
		return nil, err
	}
	src, err := e.source()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	in := analyze.Input{Source: src, Calls: e.Calls, Facts: e.Facts, Tool: toolVersion(), Join: e.join}
	if e.About.Schema != "" { // else the frames are a capture like any other
		in.About = &e.About
	}
	r, err := analyze.Run(ctx, in, analyze.Options{Segments: true, Payload: render.PayloadShown, Follow: e.follow, Find: e.find, Wireshark: e.wireshark, Measures: e.measures, Ask: e.ask})
	if r == nil {
		return nil, err
	}
	r.Warnings = append(r.Warnings, e.Warnings...)
	r.Cable = deeds(e.Fates, r)
	r.Expectations = append(e.expectations(r), e.agreement(r)...)
	return r, err
}

// expectations compares the run with what its scenario promises. A bundle of a scenario that this version does not know
// is judged without.
func (e *evidence) expectations(r *report.Report) []report.Expectation {
	s, err := scenario.Lookup(e.About.Scenario.Name)
	if err != nil || s.Expect == nil {
		return nil
	}
	params := scenario.Params{Variant: e.About.Scenario.Variant}
	for key, value := range e.About.Scenario.Params {
		if params.Set(key, value) != nil {
			return nil // the parameters of another version
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil // a report of plain data always encodes
	}
	var decoded any
	if err := json.Unmarshal(text, &decoded); err != nil {
		return nil
	}
	var list []report.Expectation
	result := session.Result{Calls: e.Calls, Exits: e.About.Actors}
	for _, claim := range s.Expect(params) {
		if e.About.Side != "" && !e.ranHere(claim) {
			continue
		}
		if one, _, _ := strings.Cut(claim.Cause, " or "); one != "" && diagnose.Find(analyze.Rules(), one) == nil {
			continue // no rule of this version judges it
		}
		if claim.Call != nil && len(e.Calls) == 0 {
			continue // the calls were not recorded or cannot be read: nothing to judge by
		}
		_, met := claim.Check(&result, decoded)
		list = append(list, report.Expectation{Text: claim.Text, Met: met})
	}
	return list
}

// ranHere reports whether a claim is about an actor that ran here: of one side, it is what can be judged.
func (e *evidence) ranHere(c scenario.Claim) bool {
	return slices.ContainsFunc(e.About.Actors, func(x capture.ActorExit) bool {
		return c.Exit != nil && c.Exit.Actor == x.Name || c.Call != nil && c.Call.Actor == x.Name
	})
}

// kernel names the running kernel: "Linux 6.18.44".
func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
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
	return nil
}

// Stats says what was read. A run captures on one interface; without a frame its link type is that of lo.
func (s *frameSource) Stats() capture.Stats {
	stats := s.stats
	stats.Format, stats.Links = "pcapng", []capture.LinkType{capture.LinkEthernet}
	if len(s.frames) > 0 {
		stats.Links[0] = s.frames[0].Link
	}
	return stats
}

// Close does nothing: the frames stay.
func (s *frameSource) Close() error { return nil }
