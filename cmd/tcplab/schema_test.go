package main

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

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

// validator is a schema as a validator of another project understands it.
func validator(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	_, text, _ := invoke(t, "schema", name)
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("file:///"+name, schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("file:///" + name)
	if err != nil {
		t.Fatalf("%s is no JSON Schema: %v", name, err)
	}
	return compiled
}

// Another project's validator accepts every JSON that is written of the kept runs.
func TestWrittenJSONIsValid(t *testing.T) {
	commands := map[string][][]string{
		"report": {{"analyze", "RUN", "--segments", "--measures", "--wireshark"}}, "canonical": {{"analyze", "RUN", "--canonical=host"}},
		"check":   {{"check", "RUN", "--opened", "--message", "Hello", "--no-finding", "any"}},
		"answers": {{"answers", "kurose-v8", "RUN"}, {"answers", "cisco-3whs", "RUN"}}, "quiz": {{"quiz", "RUN", "--key"}}, "diff": {{"diff", "RUN", "../../pcaps/hello"}},
	}
	runs, _ := filepath.Glob("../../pcaps/*/frames.pcapng")
	valid := 0
	for name, lines := range commands {
		schema := validator(t, name)
		for i, run := range runs {
			if name != "report" && name != "canonical" && i%8 != 0 {
				continue // these have few shapes
			}
			for _, line := range lines {
				args := append(strings.Fields(strings.ReplaceAll(strings.Join(line, " "), "RUN", filepath.Dir(run))), "--format", "json")
				status, out, errs := invoke(t, args...)
				if out == "" && status == exitFailed {
					continue // a run without a connection to ask about
				}
				value, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
				if err != nil {
					t.Fatalf("%q: %v, %s", args, err, errs)
				}
				if err := schema.Validate(value); err != nil {
					t.Errorf("%q: %v", args, err)
				}
				valid++
			}
		}
	}
	if valid < 350 {
		t.Errorf("only %d were looked at", valid)
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
