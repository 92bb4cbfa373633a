package script

import (
	"io"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// Script is a parsed text: frames, calls and facts.
type Script struct {
	Frames  []capture.Frame
	Calls   []calls.Call
	Facts   []hostfacts.Facts
	Dropped uint64 // frames that the capture is said to have lost
}

// Epoch is the time that a script's seconds count from.
const Epoch capture.Stamp = 1_700_000_000_000_000_000

// Source yields the frames of s. Any number of sources may read one script.
func (s *Script) Source() capture.Source { return &source{script: s} }

type source struct {
	script *Script
	next   int
	bytes  uint64
}

func (s *source) Next(f *capture.Frame) error {
	if s.next >= len(s.script.Frames) {
		return io.EOF
	}
	*f = s.script.Frames[s.next]
	s.bytes += uint64(len(f.Data))
	s.next++
	return nil
}

func (s *source) Stats() capture.Stats {
	return capture.Stats{
		Path: "script", Format: "pcapng", Links: []capture.LinkType{capture.LinkEthernet},
		Packets: uint64(s.next), Bytes: s.bytes, KernelDropped: s.script.Dropped,
	}
}

func (s *source) Close() error { return nil }
