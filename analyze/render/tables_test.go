package render

import (
	"bytes"
	"encoding/csv"
	"testing"
)

func TestCSVHasAFieldForEachColumn(t *testing.T) {
	for name, r := range reports() {
		for _, segments := range []bool{false, true} {
			o := Options{Conn: -1, Segments: segments}
			got := write(t, CSV, name, o)
			records, err := csv.NewReader(bytes.NewReader(got)).ReadAll()
			if err != nil {
				t.Fatalf("%s: %v", name, err) // the reader also refuses lines of different lengths
			}
			want := len(r.Connections)
			if segments {
				want = 0
				for _, c := range r.Connections {
					want += len(c.Segments)
				}
			}
			if len(records) != want+1 {
				t.Errorf("%s: %d lines, want %d", name, len(records), want+1)
			}
			golden(t, map[bool]string{false: "csv/" + name + ".csv", true: "csv/" + name + "-segments.csv"}[segments], got)
		}
	}
}

func TestMarkdownGoldens(t *testing.T) {
	for name := range reports() {
		golden(t, "markdown/"+name+".md", write(t, Markdown, name, Options{Conn: -1}))
	}
}
