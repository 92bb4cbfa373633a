package main

import (
	"fmt"
	"slices"
	"strings"

	"tcplab/analyze"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/report"
)

// failOn is what the user wants to be told by the exit status: families of causes, causes, severities, "any",
// or "exit" for a process that ended with another status than 0, or by a signal that tcplab did not send.
type failOn []string

// families are the names of the families, as explain lists them.
var families = []string{"refused", "no-answer", "reset", "ending", "slow", "bind", "artefact", "harmless"}

// check refuses a word that could never be met.
func (c failOn) check() error {
	for _, word := range c {
		if word == "any" || word == wordExit || word == "error" || word == "warning" || slices.Contains(families, word) || diagnose.Find(analyze.Rules(), word) != nil {
			continue
		}
		return usage("tcplab explain --list lists families and causes", "--fail-on %q: no such family or cause, nor any, exit, error or warning", word)
	}
	return nil
}

// met returns the error of status 4 when the report has what was asked about.
func (c failOn) met(where string, r *report.Report) error {
	var hits []string
	for i := range r.Connections {
		for j := range r.Connections[i].Findings {
			if f := &r.Connections[i].Findings[j]; c.names(f) {
				hits = append(hits, fmt.Sprintf("connection %d: %s", r.Connections[i].ID, f.Cause))
			}
		}
	}
	for i := range r.Findings {
		if c.names(&r.Findings[i]) {
			hits = append(hits, r.Findings[i].Cause)
		}
	}
	if slices.Contains(c, wordExit) {
		hits = append(hits, failedActors(r)...)
	}
	if len(hits) == 0 {
		return nil
	}
	more := ""
	if n := len(hits); n > 3 {
		hits, more = hits[:3], fmt.Sprintf(" and %d more", n-3)
	}
	return &failure{status: exitCondition, err: fmt.Errorf("%s: --fail-on %s: %s%s", where, strings.Join(c, ","), strings.Join(hits, ", "), more)}
}

const wordExit = "exit"

// failedActors says of each process that did not end well how it ended.
func failedActors(r *report.Report) (list []string) {
	for _, a := range r.Actors {
		switch {
		case a.EndedBy != "":
		case a.Exit.Signal != "":
			list = append(list, a.Name+": "+a.Exit.Signal)
		case a.Exit.Status != 0:
			list = append(list, fmt.Sprintf("%s: exit status %d", a.Name, a.Exit.Status))
		}
	}
	return list
}

// names reports whether a finding is of the kind asked about. Notes are no failures unless asked for by name.
func (c failOn) names(f *report.Finding) bool {
	family, class := "", f.Cause
	if rule := diagnose.Find(analyze.Rules(), f.Cause); rule != nil {
		family, class = rule.Symptom.String(), rule.ID
	}
	for _, word := range c {
		if word == f.Cause || word == class || word == family || word == f.Severity || word == "any" && f.Severity != "note" {
			return true
		}
	}
	return false
}
