package main

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze/report"
)

// The manual describes every field of everything that is printed as JSON, and no other.
func TestEverySchemaIsDescribed(t *testing.T) {
	described := manualFields()
	for _, w := range schemas[1:] {
		status, out, errs := invoke(t, "schema", w.name)
		if status != 0 {
			t.Fatalf("%s: status %d, %s", w.name, status, errs)
		}
		var root struct {
			Defs map[string]struct {
				Properties map[string]struct{ Description string }
			} `json:"$defs"`
		}
		if err := json.Unmarshal([]byte(out), &root); err != nil || len(root.Defs) == 0 {
			t.Fatalf("%s: %v", w.name, err)
		}
		for name, def := range root.Defs {
			for field, p := range def.Properties {
				if p.Description == "" {
					t.Errorf("%s: %s.%s has no description in schema.md", w.name, name, field)
				}
			}
			for _, field := range described[qualifier(w.value)+"."+name] {
				if _, ok := def.Properties[field]; !ok {
					t.Errorf("schema.md describes %s.%s.%s, which is not written", w.name, name, field)
				}
			}
		}
	}
}

// What a person types is found, what is not there is said.
func TestSchemaNames(t *testing.T) {
	if status, _, errs := invoke(t, "schema", "nosuch"); status != 2 || !strings.Contains(errs, "canonical, check") {
		t.Errorf("status %d, %s", status, errs)
	}
}

func qualifier(t reflect.Type) string {
	name, _, _ := strings.Cut(t.String(), ".")
	return name
}

// manualFields reads the fields of each section of the manual.
func manualFields() map[string][]string {
	fields, section := map[string][]string{}, ""
	for line := range strings.Lines(report.Manual) {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(name)
		}
		if part := strings.Split(line, "`"); strings.HasPrefix(line, "| `") && !slices.Contains(fields[section], part[1]) {
			fields[section] = append(fields[section], part[1])
		}
	}
	return fields
}
