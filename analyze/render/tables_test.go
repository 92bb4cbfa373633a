package render

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"regexp"
	"strings"
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

// installed returns a program. CI has it; elsewhere the test says that it did not run.
func installed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and CI must not skip what it can have", program)
	}
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	return path
}

// GitHub's own renderer finds every table whole, and no markup but ours, whatever the capture holds.
func TestGitHubRendersTheMarkdown(t *testing.T) {
	renderer := installed(t, "cmark-gfm")
	for name := range reports() {
		text := write(t, Markdown, name, Options{Conn: -1, Segments: true})
		cmd := exec.Command(renderer, "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough")
		cmd.Stdin = bytes.NewReader(text)
		page, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		lines, rows := 0, bytes.Count(page, []byte("<tr>"))
		for line := range bytes.Lines(text) {
			if bytes.HasPrefix(line, []byte("|")) && !bytes.HasPrefix(line, []byte("| ---")) {
				lines++
			}
		}
		if lines == 0 || rows != lines {
			t.Errorf("%s: %d lines of tables became %d rows", name, lines, rows)
		}
		for _, tag := range regexp.MustCompile(`<[a-z]+[0-9]?`).FindAllString(string(page), -1) {
			if !strings.Contains(" <h1 <h2 <h3 <p <ul <ol <li <table <thead <tbody <tr <th <td <pre <code <strong <em <br <blockquote ", " "+tag+" ") {
				t.Errorf("%s: a capture made a %s of itself", name, tag)
			}
		}
	}
}
