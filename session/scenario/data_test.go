package scenario_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/session"
	"tcplab/session/scenario"
)

// TestScenariosAreComplete checks the data of every scenario in every variant.
func TestScenariosAreComplete(t *testing.T) {
	names := map[string]bool{}
	for _, s := range scenario.All() {
		if names[s.Name] {
			t.Errorf("two scenarios are called %s", s.Name)
		}
		names[s.Name] = true
		for _, also := range s.Also {
			if found, err := scenario.Lookup(also); err != nil || found != s || names[also] {
				t.Errorf("%s is %v, %v, and not %s alone", also, found, err, s.Name)
			}
			names[also] = true
		}
		if s.Title == "" || s.Teaches == "" || s.Topic == "" || len(s.Seeds) == 0 || s.Expect == nil {
			t.Errorf("%s lacks a title, what it teaches, topic, seeds or expectations", s.Name)
		}
		for _, v := range append(slices.Clone(s.Variants), "") {
			p, err := s.Complete(scenario.Params{Variant: v, FreePort: true})
			if err != nil {
				t.Logf("%s: %v", s.Name, err)
				continue
			}
			checkPlan(t, s, s.Plan(p))
			checkCause(t, s, p)
		}
	}
}

// checkPlan checks that each event that is awaited can happen, and that names are unique.
func checkPlan(t *testing.T, s *scenario.Scenario, plan session.Plan) {
	t.Helper()
	actors := map[string]bool{}
	for _, a := range plan.Actors {
		if actors[a.Actor] {
			t.Errorf("%s: two actors are called %s", s.Name, a.Actor)
		}
		actors[a.Actor] = true
	}
	for _, a := range plan.Actors {
		if a.ForkedBy != "" && !actors[a.ForkedBy] {
			t.Errorf("%s: %s is forked by %s, which is no actor", s.Name, a.Actor, a.ForkedBy)
		}
		for _, step := range a.Steps {
			who, _, isEvent := strings.Cut(step.Event, ":")
			if step.Op == "await" && isEvent && !actors[who] {
				t.Errorf("%s: %s waits for %s, but there is no %s", s.Name, a.Actor, step.Event, who)
			}
		}
	}
}

// checkCause checks that a variant with a cause expects the finding, and one without does not.
func checkCause(t *testing.T, s *scenario.Scenario, p scenario.Params) {
	t.Helper()
	var found []string
	for _, c := range s.Expect(p) {
		if c.Cause != "" {
			first, _, _ := strings.Cut(c.Cause, " or ")
			found = append(found, first)
		}
	}
	want := []string{}
	if cause := s.CauseOf(p.Variant); cause != "" {
		want = append(want, cause)
	}
	if !slices.Equal(found, want) && len(found)+len(want) > 0 {
		t.Errorf("%s %s shows %q and expects the findings %q", s.Name, p.Variant, want, found)
	}
}

func TestParams(t *testing.T) {
	var p scenario.Params
	for _, x := range []struct{ key, value, wrong string }{
		{"addr", "::1", ""}, {"port", "8081", ""}, {"message", "hi", ""}, {"reply", "ho", ""}, {"backlog", "7", ""},
		{"buffer", "16", ""}, {"size", "1000", ""},
		{"addr", "localhost", "parameter addr=localhost: "}, {"port", "65536", "parameter port=65536: "},
		{"backlog", "-1", "must not be negative"}, {"backlog", "0", ""}, {"buffer", "0", "must be at least 1"}, {"size", "-1", "must be at least 1"}, {"colour", "red", `no parameter "colour"`},
	} {
		err := p.Set(x.key, x.value)
		if x.wrong == "" && err != nil || x.wrong != "" && (err == nil || !strings.Contains(err.Error(), x.wrong)) {
			t.Errorf("Set(%s, %s): %v, want %q", x.key, x.value, err, x.wrong)
		}
	}
	if p.Server() != netip.MustParseAddrPort("[::1]:8081") || p.Any() != netip.MustParseAddrPort("[::]:8081") {
		t.Errorf("server %s, any %s", p.Server(), p.Any())
	}
	var again scenario.Params
	for key, value := range p.Map() {
		if err := again.Set(key, value); err != nil {
			t.Error(err)
		}
	}
	if again != p {
		t.Errorf("the parameters %+v come back from their map as %+v", p, again)
	}
}

func TestCompleteRefusesAnUnknownVariant(t *testing.T) {
	_, err := scenario.Hello.Complete(scenario.Params{Variant: "fast"})
	if err == nil || !strings.Contains(err.Error(), `no variant "fast"; it has: fixed, literal`) {
		t.Errorf("error %v", err)
	}
}

func TestLookup(t *testing.T) {
	if s, err := scenario.Lookup("closed-port"); err != nil || s != scenario.ClosedPort {
		t.Errorf("closed-port is %v, %v", s, err)
	}
	if s, err := scenario.Lookup("concurrent-3"); err != nil || s != scenario.Concurrent {
		t.Errorf("concurrent-3 is %v, %v", s, err)
	}
	if _, err := scenario.Lookup("closed"); err == nil || !strings.Contains(err.Error(), "closed-port") {
		t.Errorf("error %v, want the list of scenarios", err)
	}
}

// TestClaims checks each kind of claim against a run that meets it and one that does not.
func TestClaims(t *testing.T) {
	run := &session.Result{
		Exits: []capture.ActorExit{{Name: "client", Status: -1, Signal: "SIGPIPE"}, {Name: "server", Status: 0}},
		Calls: []calls.Call{
			{Actor: "client", Op: "send", N: 5, Begin: 1, End: 1001},
			{Actor: "client", Op: "send", N: 7, Begin: 1, End: 2},
			{Actor: "client", Op: "send", N: -1, Errno: syscall.EPIPE, Begin: 1, End: 2},
			{Actor: "server", Op: "accept", Begin: 1},
		},
	}
	var report any
	text := `{"connections":[{"close":{"by":"client"},"frames":10,"findings":[{"cause":"closed-port"}]}],"findings":[{"cause":"bind-in-use"}]}`
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	twelve, five := 12, 5
	for _, x := range []struct {
		claim scenario.Claim
		want  bool
	}{
		{scenario.Claim{Exit: &scenario.Exit{Actor: "client", Status: -1, Signal: "SIGPIPE"}}, true},
		{scenario.Claim{Exit: &scenario.Exit{Actor: "client", Status: 1}}, false},
		{scenario.Claim{Exit: &scenario.Exit{Actor: "server"}}, true},
		{scenario.Claim{Exit: &scenario.Exit{Actor: "nobody"}}, false},
		{scenario.Claim{Call: &scenario.Call{Actor: "client", Op: "send", Total: &twelve, Count: 2}}, true},
		{scenario.Claim{Call: &scenario.Call{Actor: "client", Op: "send", Total: &five}}, false},
		{scenario.Claim{Call: &scenario.Call{Actor: "client", Op: "send", AtLeast: 1000}}, true},
		{scenario.Claim{Call: &scenario.Call{Actor: "client", Op: "send", AtLeast: 1001}}, false},
		{scenario.Claim{Call: &scenario.Call{Actor: "client", Op: "send", Errno: "EPIPE"}}, true},
		{scenario.Claim{Call: &scenario.Call{Actor: "client", Op: "recv"}}, false},
		{scenario.Claim{Call: &scenario.Call{Actor: "server", Op: "accept"}}, false}, // it never returned
		{scenario.Claim{Report: &scenario.Field{Path: "connections[0].close.by", Want: "client"}}, true},
		{scenario.Claim{Report: &scenario.Field{Path: "connections[0].frames", Want: "10"}}, true},
		{scenario.Claim{Report: &scenario.Field{Path: "connections[1].frames", Want: "10"}}, false},
		{scenario.Claim{Cause: "closed-port"}, true},
		{scenario.Claim{Cause: "bind-in-use"}, true},
		{scenario.Claim{Cause: "self-connect"}, false},
	} {
		if seen, ok := x.claim.Check(run, report); ok != x.want {
			t.Errorf("%+v: %v (%s), want %v", x.claim, ok, seen, x.want)
		}
	}
}

// TestEachScenarioHasItsFile: grep for the name of a scenario finds the file that defines it; a file holds a
// scenario, or those that differ in one value only.
func TestEachScenarioHasItsFile(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			texts[file] = string(text)
		}
	}
	for _, s := range scenario.All() {
		var defines []string
		family, _, _ := strings.Cut(s.Name[min(len("reject-"), len(s.Name)):], "-")
		stem := s.Name[:min(len("reject-"), len(s.Name))] + family + "-" // of scenarios that differ in the code alone
		own := strings.ReplaceAll(s.Name, "-", "_") + ".go"
		for file, text := range texts {
			if file == own || strings.Contains(text, strconv.Quote(s.Name)) || strings.Contains(text, strconv.Quote(stem)+"+") {
				defines = append(defines, file)
			}
		}
		if len(defines) == 0 {
			t.Errorf("%s: no file has its name", s.Name)
		}
	}
}

// TestCauseNamesItsScenario: what the diagnosis calls a cause can be run.
func TestCauseNamesItsScenario(t *testing.T) {
	for _, s := range scenario.All() {
		if s.Cause == "" {
			continue
		}
		found, err := scenario.Lookup(s.Cause)
		if err != nil || found.Cause != s.Cause && found.Name != s.Cause {
			t.Errorf("%s leads to %v, %v", s.Cause, found, err)
		}
	}
}
