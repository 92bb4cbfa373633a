package diagnose

import (
	"slices"
	"strings"
)

// Page is a cause as the manual shows it.
type Page struct {
	Cause      string   `json:"cause"`
	Aliases    []string `json:"aliases,omitempty"` // variants that have no page of their own
	Title      string   `json:"title"`
	Family     string   `json:"family"`
	Why        string   `json:"why"` // what makes it happen
	Fix        string   `json:"fix"`
	Proof      []string `json:"proof"` // sources that make it certain
	Refs       []string `json:"refs"`
	Scenario   string   `json:"scenario"`
	LookAlikes []string `json:"look_alikes,omitempty"`
}

// PageOf is the manual page of a rule.
func PageOf(r *Rule) Page {
	return Page{
		Cause: r.ID, Aliases: r.Aliases, Title: r.Title, Family: r.Symptom.String(), Why: r.Cause, Fix: r.Fix,
		Proof: r.Needs.Names(), Refs: r.Refs, Scenario: r.Scenario, LookAlikes: r.LookAlikes,
	}
}

// Covers reports whether cause is the rule's own slug, or that of one of its variants.
func (r *Rule) Covers(cause string) bool { return r.ID == cause || slices.Contains(r.Aliases, cause) }

// Find is the rule of a cause, by its slug or that of a variant; nil when there is none.
func Find(rules []*Rule, cause string) *Rule {
	for _, r := range rules {
		if r.ID == cause {
			return r
		}
	}
	for _, r := range rules {
		if r.Covers(cause) {
			return r
		}
	}
	return nil
}

// Near returns the slugs that contain word, or share its first letters: for "did you mean".
func Near(rules []*Rule, word string) []string {
	var near []string
	for _, r := range rules {
		if strings.Contains(r.ID, word) || len(word) >= 4 && strings.HasPrefix(r.ID, word[:4]) {
			near = append(near, r.ID)
		}
	}
	return near
}

// Names lists the sources in n in words.
func (n Needs) Names() []string {
	names := []string{}
	for i, name := range [...]string{"the client's system calls", "the server's system calls", "facts of the host", "the segments of both directions"} {
		if n&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
