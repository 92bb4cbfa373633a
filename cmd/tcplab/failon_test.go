package main

import (
	"slices"
	"testing"

	"tcplab/analyze"
)

// --fail-on knows every family that a rule belongs to.
func TestFamiliesAreComplete(t *testing.T) {
	for _, r := range analyze.Rules() {
		if !slices.Contains(families, r.Symptom.String()) {
			t.Errorf("rule %s is of family %s, which --fail-on does not know", r.ID, r.Symptom)
		}
	}
}
