package main

import (
	"strings"

	"tcplab/analyze/annotate"
	"tcplab/analyze/report"
)

// remarks are the comments on the frames of a capture, made while its connections come. They wait in a file: of each frame
// memory holds only where they are.
type remarks struct {
	file  spool
	first []extent // by frame
	more  map[uint32][]extent
}

// take makes the remarks on one connection.
func (k *remarks) take(c *report.Connection) error {
	return k.add(&report.Report{Connections: []report.Connection{*c}})
}

// add makes those that a report gives rise to.
func (k *remarks) add(r *report.Report) error {
	for frame, text := range annotate.Comments(r) {
		at, err := k.file.add([]byte(text))
		if err != nil {
			return err
		}
		for int(frame) >= len(k.first) {
			k.first = append(k.first, extent{})
		}
		if k.first[frame].n == 0 {
			k.first[frame] = at
			continue
		}
		if k.more == nil {
			k.more = map[uint32][]extent{}
		}
		k.more[frame] = append(k.more[frame], at)
	}
	return nil
}

// of returns what is remarked on a frame, "" when nothing is.
func (k *remarks) of(frame uint32) (string, error) {
	if int(frame) >= len(k.first) || k.first[frame].n == 0 {
		return "", nil
	}
	parts := []string{}
	for _, at := range append([]extent{k.first[frame]}, k.more[frame]...) {
		text, err := k.file.read(nil, at)
		if err != nil {
			return "", err
		}
		parts = append(parts, string(text))
	}
	return strings.Join(parts, "\n"), nil
}
