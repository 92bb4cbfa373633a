package render

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze/report"
)

// section is the part of schema.md under a heading.
func section(name string) string {
	_, rest, found := strings.Cut(report.Manual, "\n## "+name+"\n")
	if !found {
		return ""
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// schema.md describes every format, and no other.
func TestManualDescribesEveryFormat(t *testing.T) {
	for _, name := range Names() {
		if len(section("format."+name)) < 20 {
			t.Errorf("schema.md does not describe the format %s", name)
		}
	}
	files := []string{"csv.connections", "csv.segments", "annotate", "canonical", "canonical-pcap", "expect", "tap", "junit"} // of other flags
	for _, part := range regexp.MustCompile(`(?m)^## format\.(\S+)$`).FindAllStringSubmatch(report.Manual, -1) {
		if !slices.Contains(Names(), part[1]) && !slices.Contains(files, part[1]) {
			t.Errorf("schema.md describes the format %s, which there is not", part[1])
		}
	}
}

var columnRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| .+ \\|$")

// It describes every column of the tables, in their order.
func TestManualDescribesEveryColumn(t *testing.T) {
	connections, segments := []string{}, []string{"connection"}
	for _, c := range connectionColumns {
		connections = append(connections, c.name)
	}
	for _, c := range segmentColumns {
		segments = append(segments, c.name)
	}
	for name, want := range map[string][]string{"format.csv.connections": connections, "format.csv.segments": segments} {
		got := []string{}
		for _, part := range columnRow.FindAllStringSubmatch(section(name), -1) {
			got = append(got, part[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%q\nthe code has\n%q", name, got, want)
		}
	}
}
