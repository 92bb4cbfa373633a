package main

import (
	"context"
	"errors"

	"tcplab/analyze"
	"tcplab/analyze/render"
	"tcplab/analyze/report"
)

// load reads a capture or a saved run whole, with every segment and the bytes that were exchanged, for commands that
// judge a report instead of printing it. An error with a report says what the report does not cover.
func load(ctx context.Context, path string) (*report.Report, error) {
	if isDir(path) {
		e, err := openBundle(path)
		if err != nil {
			return nil, err
		}
		e.follow = true
		r, err := e.report(ctx)
		if r == nil {
			return nil, err
		}
		return r, errors.Join(lost(path, r, err), damagedParts(e))
	}
	src, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	r, err := analyze.Run(ctx, analyze.Input{Source: src, Tool: toolVersion()},
		analyze.Options{Segments: true, Payload: render.PayloadShown, Follow: true})
	if r == nil {
		return nil, err
	}
	return r, lost(path, r, err)
}
