package analyze_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze"
)

// Every rule is a page of the manual, and is proved by a fixture that it recognises and by one that it does not.
// What a new rule still lacks is what this test prints.
func TestEveryRuleIsComplete(t *testing.T) {
	rules := analyze.Rules()
	shown, spared := map[string]bool{}, map[string]bool{}
	for _, f := range fixtures(t) {
		for _, line := range f.want {
			words := strings.Fields(line)
			switch words[0] {
			case "silent", "sees":
			case "asked":
				shown[words[2]] = shown[words[2]] || words[1] != "no"
				spared[words[2]] = spared[words[2]] || words[1] == "no"
			case "not":
				spared[words[1]] = true
			default:
				shown[words[1]] = true
			}
		}
	}
	known := map[string]bool{}
	for _, r := range rules {
		if known[r.ID] {
			t.Errorf("%s: two rules have this name", r.ID)
		}
		known[r.ID] = true
	}
	for _, r := range rules {
		lacks := func(what string, missing bool) {
			if missing {
				t.Errorf("%s: lacks %s", r.ID, what)
			}
		}
		lacks("a title", r.Title == "")
		lacks("a cause", r.Cause == "")
		lacks("a fix", r.Fix == "")
		lacks("references", len(r.Refs) == 0)
		lacks("a scenario", r.Scenario == "")
		lacks("a fixture that it recognises: diagnose/*/testdata/"+r.ID+".txtar", !shown[r.ID])
		lacks("a near miss, a fixture that wants \"not "+r.ID+"\"", !spared[r.ID])
		for _, other := range r.LookAlikes {
			lacks("a rule for its look-alike "+other, !known[other])
		}
	}
}

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Titles and slugs are read by people and programs: one line, no full stop, plain words.
func TestTitlesAreOneLine(t *testing.T) {
	for _, r := range analyze.Rules() {
		if strings.ContainsAny(r.Title, "\n\t") || strings.HasSuffix(r.Title, ".") || len(r.Title) > 120 {
			t.Errorf("%s: the title %q is not one plain line", r.ID, r.Title)
		}
		if !slug.MatchString(r.ID) || slices.ContainsFunc(r.Aliases, func(a string) bool { return !slug.MatchString(a) }) {
			t.Errorf("%s: not a slug", r.ID)
		}
	}
}

// Every file of a fixture is named for a rule that exists.
func TestFixturesAreNamedForRules(t *testing.T) {
	var ids []string
	for _, r := range analyze.Rules() {
		ids = append(append(ids, r.ID), r.Aliases...)
	}
	for _, f := range fixtures(t) {
		name := filepath.Base(f.path)
		if !slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(name, id) || strings.HasPrefix(name, "reject-icmp") }) {
			t.Errorf("%s: no rule has a name it begins with", f.path)
		}
	}
}
