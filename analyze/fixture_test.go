package analyze_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/report"
	"tcplab/capture/script"
)

// fixture is one incident as text: the script goes through the real decoder, tracker and engine.
//
// A want line is one of
//
//	LEVEL CAUSE [note|warning|error] [segment N]… [call N]… [facts] ["text of the evidence"]…
//	not CAUSE ["text of its exclusion"]
//	sees client|server "connect: ECONNREFUSED"
//	silent
//	asked LEVEL CAUSE          what a rule says that speaks only when asked; LEVEL no: why it is not so
//
// The first line with a level names the first finding.
type fixture struct {
	path   string
	script *script.Script
	want   []string
}

func fixtures(t *testing.T) []fixture {
	t.Helper()
	paths, err := filepath.Glob("diagnose/*/testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var all []fixture
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := fixture{path: path}
		text := ""
		for _, file := range txtar.Parse(data).Files {
			switch file.Name {
			case "script", "facts":
				text += string(file.Data)
			case "want":
				f.want = strings.FieldsFunc(string(file.Data), func(r rune) bool { return r == '\n' })
			default:
				t.Fatalf("%s: no part of a fixture is called %q", path, file.Name)
			}
		}
		if f.script, err = script.Parse(path, text); err != nil {
			t.Fatal(err)
		}
		if len(f.want) == 0 {
			t.Fatalf("%s: wants nothing", path)
		}
		all = append(all, f)
	}
	return all
}

func (f *fixture) findings(t *testing.T) []report.Finding {
	t.Helper()
	return f.findingsWith(t, analyze.Options{Segments: true, Payload: 256})
}

func (f *fixture) findingsWith(t *testing.T, opt analyze.Options) []report.Finding {
	t.Helper()
	in := analyze.Input{Source: f.script.Source(), Calls: f.script.Calls, Facts: f.script.Facts}
	rep, err := analyze.Run(context.Background(), in, opt)
	if err != nil {
		t.Fatal(err)
	}
	var all []report.Finding
	for i := range rep.Connections {
		all = append(all, rep.Connections[i].Findings...)
	}
	return append(all, rep.Findings...)
}

func TestFixtures(t *testing.T) {
	for _, f := range fixtures(t) {
		t.Run(strings.TrimSuffix(filepath.Base(f.path), ".txtar"), func(t *testing.T) {
			found := f.findings(t)
			first := true
			for _, line := range f.want {
				if words := strings.Fields(line); words[0] == "asked" {
					if got := f.asked(t, words[2]); got != words[1] {
						t.Errorf("%s: %q: the rule says %s", f.path, line, got)
					}
					continue
				}
				if err := meets(line, found, first); err != nil {
					t.Errorf("%s: %q: %v\n%s", f.path, line, err, list(found))
				}
				first = false
			}
		})
	}
}

// What a plain analysis keeps is enough to judge by: a report with every segment and its payload finds nothing else, as
// long as the connection has no more segments than are kept of every one.
func TestFindingsNeedNoSegments(t *testing.T) {
	for _, f := range fixtures(t) {
		full, plain := list(f.findings(t)), list(f.findingsWith(t, analyze.Options{}))
		if len(f.script.Frames) <= 16 && full != plain {
			t.Errorf("%s: with every segment\n%s\nwithout\n%s", f.path, full, plain)
		}
	}
}

// asked is the surest answer to a question about every connection.
func (f *fixture) asked(t *testing.T, cause string) string {
	t.Helper()
	best := diagnose.No
	ask := &analyze.Question{Cause: cause, Answer: func(_ uint32, v diagnose.Verdict) { best = max(best, v.Level) }}
	f.findingsWith(t, analyze.Options{Segments: true, Ask: ask})
	return best.String()
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// meets checks one want line.
func meets(line string, found []report.Finding, first bool) error {
	var texts []string
	for _, q := range quoted.FindAllString(line, -1) {
		text, err := strconv.Unquote(q)
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	words := strings.Fields(strings.ReplaceAll(quoted.ReplaceAllString(line, ""), ",", " "))
	switch words[0] {
	case "silent":
		if len(found) > 0 {
			return fmt.Errorf("there are findings")
		}
		return nil
	case "not":
		return excludes(words[1], texts, found)
	case "sees":
		return sees(words[1], texts[0], found)
	}
	return proves(words, texts, found, first)
}

func excludes(cause string, texts []string, found []report.Finding) error {
	why := []string{}
	for _, f := range found {
		if f.Cause == cause {
			return fmt.Errorf("it is a finding, %s", f.Level)
		}
		for _, x := range f.Excluded {
			if x.Cause == cause {
				why = append(why, x.Why)
			}
		}
	}
	for _, text := range texts {
		if !strings.Contains(strings.Join(why, "\n"), text) {
			return fmt.Errorf("excluded because %q", why)
		}
	}
	return nil
}

func sees(end, want string, found []report.Finding) error {
	for _, f := range found {
		if end == "client" && f.ClientSees == want || end == "server" && f.ServerSees == want {
			return nil
		}
	}
	return fmt.Errorf("no finding says so")
}

func proves(words, texts []string, found []report.Finding, first bool) error {
	i := slices.IndexFunc(found, func(f report.Finding) bool { return f.Cause == words[1] })
	if i < 0 {
		return fmt.Errorf("not found")
	}
	f := &found[i]
	evidence := strings.Join(f.Evidence, "\n")
	switch {
	case f.Level != words[0]:
		return fmt.Errorf("its level is %s", f.Level)
	case first && i > 0:
		return fmt.Errorf("it is not the first finding")
	case len(f.Frames)+len(f.Calls) == 0 || f.Fix == "" || len(f.Evidence) == 0:
		return fmt.Errorf("it has no frames or calls, no evidence or no fix")
	}
	for k := 2; k < len(words); k++ {
		switch words[k] {
		case "facts":
			if !regexp.MustCompile(`table|firewall|counter|sysctl|route|neighbour|tracepoint`).MatchString(evidence) {
				return fmt.Errorf("no fact of the host is among the evidence")
			}
		case "note", "warning", "error":
			if f.Severity != words[k] {
				return fmt.Errorf("it is a %s", f.Severity)
			}
		case "segment", "call":
			k++
			n, _ := strconv.ParseUint(words[k], 10, 32)
			if !slices.Contains(f.Frames, uint32(n)) && words[k-1] == "segment" || !slices.Contains(f.Calls, uint32(n)) && words[k-1] == "call" {
				return fmt.Errorf("%s %d is not among the evidence", words[k-1], n)
			}
		default:
			return fmt.Errorf("%q is no word of a want line", words[k])
		}
	}
	for _, text := range texts {
		if !strings.Contains(evidence, text) {
			return fmt.Errorf("the evidence does not say %q", text)
		}
	}
	return nil
}

func list(found []report.Finding) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "\t%s %s [%s] frames %v calls %v client %q server %q\n", f.Level, f.Cause, f.Severity, f.Frames, f.Calls, f.ClientSees, f.ServerSees)
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "\t\t%s\n", e)
		}
		for _, x := range f.Excluded {
			fmt.Fprintf(&b, "\t\tnot %s: %s\n", x.Cause, x.Why)
		}
	}
	return b.String()
}
