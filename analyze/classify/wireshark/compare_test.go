package wireshark

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// compare returns a line for each value in which our judgement of file differs from tshark's.
func compare(t *testing.T, file string, cols []column, got map[uint32]judged, values *int) []string {
	t.Helper()
	fields := make([]string, len(cols))
	for i, c := range cols {
		fields[i] = c.field
	}
	want := tshark(t, file, fields)
	var lines []string
	for _, f := range slices.Sorted(maps.Keys(want)) {
		j, ok := got[f]
		if !ok && want[f][0] == "" {
			continue // an ICMP error that quotes too little for a stream
		}
		if !ok {
			lines = append(lines, fmt.Sprintf("frame %d: tshark has TCP here, we have none", f))
			continue
		}
		for i, c := range cols {
			*values++
			if ours := c.show(&j); ours != want[f][i] {
				lines = append(lines, fmt.Sprintf("frame %d: %s is %q, tshark says %q", f, c.field, ours, want[f][i]))
			}
		}
	}
	for f := range got {
		if _, ok := want[f]; !ok {
			lines = append(lines, fmt.Sprintf("frame %d: we have TCP here, tshark has none", f))
		}
	}
	return lines
}

// compareCompleteness compares the final completeness of each stream with a two-pass run, and returns a line for each
// difference. Streams are matched by their last frame.
func compareCompleteness(t *testing.T, file string, a *Analyzer, got map[uint32]judged) []string {
	t.Helper()
	last := make(map[string]uint32) // frame, by tshark's stream
	rows := tshark(t, file, []string{"tcp.stream", "tcp.completeness"}, "-2")
	for frame, cells := range rows {
		if cells[0] != "" && frame > last[cells[0]] {
			last[cells[0]] = frame
		}
	}
	var lines []string
	for _, frame := range slices.Sorted(maps.Values(last)) {
		j, ok := got[frame]
		if !ok {
			continue // compare has said so
		}
		if ours, want := number(uint32(a.Completeness(j.Stream))), rows[frame][1]; ours != want {
			lines = append(lines, fmt.Sprintf("stream %d: tcp.completeness is %s, tshark says %s", j.Stream, ours, want))
		}
	}
	return lines
}
