package main

import (
	"context"
	"errors"
	"fmt"

	"tcplab/analyze"
	"tcplab/analyze/answers"
	"tcplab/analyze/render"
	"tcplab/analyze/report"
)

// mostHeld is the size of a capture that is read whole with every segment: they take about as much memory again.
const mostHeld = 1 << 30

// subject reads a capture for a question about one connection: the one asked for, or with -1 the one that carried most.
// Only its segments are held, so a file is read twice. The index is -1 when there is no such connection.
func subject(ctx context.Context, path string, conn int) (*report.Report, int, error) {
	r, err := glance(ctx, path)
	if r == nil {
		return nil, -1, err
	}
	if conn < 0 {
		conn = answers.Main(r)
	}
	if len(r.Connections) == 0 {
		return nil, -1, errors.Join(failed(fmt.Errorf("%s: the capture has no TCP connection", path), ""), err)
	}
	if conn < 0 || conn >= len(r.Connections) {
		return nil, -1, errors.Join(noConnection(path, conn, len(r.Connections)), err)
	}
	if isDir(path) || path == "-" {
		return r, conn, err
	}
	id := r.Connections[conn].ID
	r, err = read(ctx, path, analyze.Options{Segments: true, Payload: render.PayloadShown, Follow: true, Only: &id})
	return r, conn, err
}

// glance reads a capture without its segments, and whole what cannot be read twice or is a run.
func glance(ctx context.Context, path string) (*report.Report, error) {
	if isDir(path) || path == "-" {
		return load(ctx, path)
	}
	return read(ctx, path, analyze.Options{})
}

// load reads a capture or a saved run whole, with every segment and the bytes that were exchanged, for commands that
// judge a report instead of printing it. An error with a report says what the report does not cover.
func load(ctx context.Context, path string) (*report.Report, error) {
	if isDir(path) {
		e, err := openBundle(path)
		if err != nil {
			return nil, err
		}
		e.follow = true
		return e.reportOn(ctx, path)
	}
	return read(ctx, path, analyze.Options{Segments: true, Payload: render.PayloadShown, Follow: true})
}

// loadPair reads the captures of both ends as one report.
func loadPair(ctx context.Context, one, two, filter string) (*report.Report, error) {
	e, err := joinEnds(ctx, one, two, filter)
	if err != nil {
		return nil, err
	}
	e.follow = true
	return e.reportOn(ctx, one+" "+two)
}

// twoSides reports whether two inputs are the client's and the server's side of a run, as serve and connect save them.
func twoSides(paths []string) bool {
	if len(paths) != 2 || !isDir(paths[0]) || !isDir(paths[1]) {
		return false
	}
	a, b := sideOf(paths[0]), sideOf(paths[1])
	return a == "client" && b == "server" || a == "server" && b == "client"
}

// read analyses a file. One too large to be held whole is refused.
func read(ctx context.Context, path string, opt analyze.Options) (*report.Report, error) {
	src, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	if size := src.Stats().Size; opt.Segments && opt.Only == nil && opt.Each == nil && size > mostHeld {
		return nil, failed(fmt.Errorf("%s: %d MB: every segment would be held in memory, which is for captures up to %d MB", path, size>>20, mostHeld>>20),
			"take a part: tcpdump -r "+path+" -w part.pcap 'host A and port P'")
	}
	r, err := analyze.Run(ctx, analyze.Input{Source: src, Tool: toolVersion()}, opt)
	if r == nil {
		return nil, err
	}
	return r, lost(path, r, err)
}

// reportOn is the report with what went wrong about it: an error with a report says what that does not cover.
func (e *evidence) reportOn(ctx context.Context, path string) (*report.Report, error) {
	r, err := e.report(ctx)
	if r == nil {
		return nil, err
	}
	return r, errors.Join(lost(path, r, err), damagedParts(e))
}
