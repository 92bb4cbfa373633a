package main

import (
	"strings"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/session/scenario"
)

// Every scenario, in every variant, shows on the real kernel what it promises: the calls, the exits, the packets, the
// states, and the cause found.
func TestEveryScenarioKeepsItsPromise(t *testing.T) {
	needs(t, "capture")
	if testing.Short() {
		t.Skip("short: some scenarios wait for seconds by design")
	}
	for _, s := range scenario.All() {
		variants := s.Variants
		if len(variants) == 0 {
			variants = []string{""}
		}
		for _, v := range variants {
			t.Run(strings.TrimSuffix(s.Name+"/"+v, "/"), func(t *testing.T) { keepsPromise(t, s, v) })
		}
	}
}

func keepsPromise(t *testing.T, s *scenario.Scenario, variant string) {
	for _, need := range s.Needs {
		needs(t, need)
	}
	if s.Stage != nil { // hosts of its own: nobody meets anybody
		needsLab(t)
		t.Parallel()
	}
	_, out, errs := invoke(t, "trace", s.Name, "--variant", variant, "--port", "0", "--format", "json", "--segments")
	if out == "" {
		t.Fatalf("no report: %s", errs)
	}
	r := parseReport(t, out)
	if len(r.Expectations) == 0 {
		t.Fatal("promises nothing")
	}
	for _, e := range r.Expectations {
		if !e.Met && !unwritten(e.Text) {
			t.Errorf("%s: not met", e.Text)
		}
	}
	for _, w := range r.Warnings {
		t.Errorf("warning: %s", w)
	}
}

// unwritten reports whether a promise names a cause that no rule judges yet.
func unwritten(promise string) bool {
	words := strings.Fields(promise)
	return strings.HasPrefix(promise, "a finding names ") && diagnose.Find(analyze.Rules(), words[len(words)-1]) == nil
}

// Every scenario has a page that says what it does and must show, in as many columns as there are.
func TestScenarioPages(t *testing.T) {
	for _, s := range scenario.All() {
		status, out, errs := invoke(t, "scenarios", s.Name)
		if status != exitDone && !strings.Contains(errs, "this host has no IPv4 address besides loopback") {
			t.Errorf("%s: status %d, %s", s.Name, status, errs)
			continue
		}
		for _, want := range []string{s.Name + "\n", "what it teaches", "a run must show"} {
			if status == exitDone && !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", s.Name, want, out)
			}
		}
		for line := range strings.Lines(out) {
			if len([]rune(strings.TrimSuffix(line, "\n"))) > defaultWidth {
				t.Errorf("%s: a line of more than %d columns: %s", s.Name, defaultWidth, line)
			}
		}
	}
}

func TestScenariosBySeed(t *testing.T) {
	_, byTopic, _ := invoke(t, "scenarios")
	_, bySeed, _ := invoke(t, "scenarios", "--by", "seed")
	for _, s := range scenario.All() {
		if strings.Count(byTopic, "\n  "+s.Name+" ") != 1 || strings.Count(bySeed, "\n  "+s.Name+" ") != len(s.Seeds) {
			t.Errorf("%s: %d times by topic, %d times by its %d seeds", s.Name, strings.Count(byTopic, "\n  "+s.Name+" "),
				strings.Count(bySeed, "\n  "+s.Name+" "), len(s.Seeds))
		}
	}
	if status, _, errs := invoke(t, "scenarios", "--by", "colour"); status != exitUsage || !strings.Contains(errs, "topic and seed") {
		t.Errorf("status %d, %s", status, errs)
	}
}
