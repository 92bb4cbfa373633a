package wireshark

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
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
	frames := make([]uint32, 0, len(want))
	for f := range want {
		frames = append(frames, f)
	}
	slices.SortFunc(frames, cmp.Compare)
	for _, f := range frames {
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

// compareCompleteness compares the final completeness of each stream with a two-pass run, and returns the differences.
func compareCompleteness(t *testing.T, file string, a *Analyzer) int {
	t.Helper()
	rows := tshark(t, file, []string{"tcp.stream", "tcp.completeness"}, "-2")
	last := make(map[uint32]uint32)
	value := make(map[uint32]string)
	for frame, cells := range rows {
		n, err := strconv.ParseUint(cells[0], 10, 32)
		if err != nil {
			continue
		}
		if stream := uint32(n); frame >= last[stream] {
			last[stream], value[stream] = frame, cells[1]
		}
	}
	bad := 0
	for stream, want := range value {
		if got := number(uint32(a.Completeness(stream))); got != want {
			bad++
			t.Errorf("%s: completeness of stream %d is %s, tshark says %s", file, stream, got, want)
		}
	}
	return bad
}
