package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/report"
	"tcplab/session/scenario"
)

// kept is one run of a scenario, and what it printed.
type kept struct {
	scenario            *scenario.Scenario
	user, variant, name string
	out                 []byte
	errs                strings.Builder
	done                chan struct{}
}

// Every scenario, in every variant, shows on the real kernel what it promises: the calls, the exits, the packets, the
// states, and the cause found. Each run has a network of its own, as root and as an ordinary user, and leaves no process.
// Most of their time is waiting, so some run at once.
func TestEveryScenarioKeepsItsPromise(t *testing.T) {
	needs(t, "sealed")
	if testing.Short() {
		t.Skip("short: some scenarios wait for seconds by design")
	}
	const atOnce = 4
	mark, slots := fmt.Sprintf("TCPLAB_TEST_MARK=%s-%d", t.Name(), os.Getpid()), make(chan struct{}, atOnce)
	dir, program := publicCopy(t, "tcplab")
	runs := promises()
	for _, run := range runs {
		go func() {
			defer close(run.done)
			slots <- struct{}{}
			defer func() { <-slots }()
			run.perform(t, dir, program, mark)
		}()
	}
	for _, run := range runs {
		t.Run(run.name, run.keepsPromise)
	}
	eventually(t, "no process is left", func() bool { return len(marked(mark)) == 0 })
}

// promises are the runs to make, by every user that this one can be.
func promises() (runs []*kept) {
	users := []string{"ordinary"}
	if os.Geteuid() == 0 {
		users = append(users, "root")
	}
	for _, s := range scenario.All() {
		variants := s.Variants
		if len(variants) == 0 {
			variants = []string{""}
		}
		for _, v := range variants {
			for _, user := range users {
				name := strings.ReplaceAll(s.Name+"/"+v+"/"+user, "//", "/")
				runs = append(runs, &kept{scenario: s, variant: v, user: user, name: name, done: make(chan struct{})})
			}
		}
	}
	return runs
}

// perform makes the run; once more when the machine's clock was set meanwhile, which is nobody's fault, or when the run did
// not go as designed: some races are decided by timers of the kernel, and a busy machine can be late for one. Twice is no
// chance.
func (k *kept) perform(t *testing.T, dir, program, mark string) {
	for try := range 3 {
		args := []string{"trace", k.scenario.Name, "--sealed", "--variant", k.variant, "--format", "json", "--segments"}
		cmd := exec.CommandContext(t.Context(), program, args...)
		if k.user != "root" && os.Geteuid() == 0 {
			cmd = asNobody(t, dir, program, args...)
		}
		k.errs.Reset()
		cmd.Env, cmd.Stderr = append(cmd.Environ(), mark), &k.errs
		k.out, _ = cmd.Output() // what is not as promised is in the report
		stepped := strings.Contains(string(k.out), `"the wall clock was stepped`)
		if !stepped && (try > 0 || k.asDesigned()) {
			return
		}
		t.Logf("%s: made again, the clock was set: %v", k.name, stepped)
	}
}

// asDesigned reports whether the run kept every promise, without a warning.
func (k *kept) asDesigned() bool {
	var r report.Report
	if json.Unmarshal(k.out, &r) != nil {
		return false
	}
	broken := func(e report.Expectation) bool { return !e.Met && !unwritten(e.Text) }
	return !slices.ContainsFunc(r.Expectations, broken) && len(warned(&r)) == 0
}

func (k *kept) keepsPromise(t *testing.T) {
	for _, need := range k.scenario.Needs {
		needs(t, need)
	}
	<-k.done
	if len(k.out) == 0 {
		t.Fatalf("no report: %s", k.errs.String())
	}
	r := parseReport(t, string(k.out))
	if len(r.Expectations) == 0 {
		t.Fatal("promises nothing")
	}
	for _, e := range r.Expectations {
		if !e.Met && !unwritten(e.Text) {
			t.Errorf("%s: not met", e.Text)
		}
	}
	for _, w := range warned(r) {
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
