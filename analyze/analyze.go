// Package analyze reads evidence and says what happened.
//
// The way of a packet: Source.Next → wire.Decode → flow.Table (classify judges, the conversation moves on) → a finished
// Conversation → diagnose → report.Connection. System calls, when there are any, join in timeline.Merge.
package analyze

import (
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// Input is the evidence of one analysis.
type Input struct {
	Source capture.Source
	Calls  []calls.Call      // of a run, by number; nil for a plain capture
	Facts  []hostfacts.Facts // nil when there are none
	About  *capture.About    // of a run; nil for a plain capture
	Tool   string            // version of the program, for the report
}

// Options says how much to keep.
type Options struct {
	Segments bool                           // keep every row, with options and payload
	Conn     int                            // keep rows of this connection only; -1: of all
	Payload  int                            // payload bytes to keep with each row
	Each     func(*report.Connection) error // called for each connection as soon as it is final; they are then not collected
}
