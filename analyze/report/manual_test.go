package report

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// structs returns every struct that a report can contain, by name.
func structs(t reflect.Type, all map[string]reflect.Type) map[string]reflect.Type {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		structs(t.Elem(), all)
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() || all[t.Name()] != nil {
			return all
		}
		all[t.Name()] = t
		for i := range t.NumField() {
			structs(t.Field(i).Type, all)
		}
	}
	return all
}

// typeName is how the manual writes a type.
func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[Seconds]():
		return "seconds"
	case t == reflect.TypeFor[time.Time]():
		return "time"
	case t == reflect.TypeFor[[]byte]():
		return "base64"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem()) + "?"
	case reflect.Slice:
		return "list of " + typeName(t.Elem())
	case reflect.Map:
		return "map of " + typeName(t.Elem())
	case reflect.Struct:
		return t.Name()
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float64:
		return "number"
	}
	return "integer"
}

// rows returns the field and type columns of each section of the manual.
func rows(manual string) map[string][]string {
	sections, name := map[string][]string{}, ""
	for line := range strings.Lines(manual) {
		if head, ok := strings.CutPrefix(line, "## "); ok {
			name = strings.TrimSpace(head)
			sections[name] = []string{}
		}
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.Contains(cells[1], "`") {
			sections[name] = append(sections[name], strings.Trim(cells[1], " `")+" "+strings.TrimSpace(cells[2]))
			if strings.TrimSpace(cells[3]) == "" {
				sections[name] = append(sections[name], "without a meaning")
			}
		}
	}
	return sections
}

func TestManualMatchesTheTypes(t *testing.T) {
	sections := rows(Manual)
	types := structs(reflect.TypeFor[Report](), map[string]reflect.Type{})
	for name, typ := range types {
		want := []string{}
		for i := range typ.NumField() {
			field, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if field == "-" {
				continue // not written
			}
			kind := typeName(typ.Field(i).Type)
			if options == "omitempty" {
				kind = "(" + strings.TrimSuffix(kind, "?") + ")" // absent instead of null
			}
			want = append(want, field+" "+kind)
		}
		if got := sections[name]; !reflect.DeepEqual(got, want) {
			t.Errorf("schema.md, %s:\n%s\nthe type has\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for name := range sections {
		if types[name] == nil && !strings.Contains(name, ".") { // qualified ones are of other outputs
			t.Errorf("schema.md describes %s, which is not in the report", name)
		}
	}
}

func TestJSONSchemaDescribesEveryField(t *testing.T) {
	var root struct {
		Defs map[string]struct {
			Properties map[string]struct{ Description string }
		} `json:"$defs"`
	}
	text, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	for name, typ := range structs(reflect.TypeFor[Report](), map[string]reflect.Type{}) {
		def, ok := root.Defs[name]
		written := typ.NumField()
		for i := range typ.NumField() {
			if typ.Field(i).Tag.Get("json") == "-" {
				written--
			}
		}
		if !ok || len(def.Properties) != written {
			t.Errorf("%s has %d of %d properties", name, len(def.Properties), written)
		}
		for field, p := range def.Properties {
			if p.Description == "" {
				t.Errorf("%s.%s has no description", name, field)
			}
		}
	}
}

func TestSecondsAreExact(t *testing.T) {
	for in, want := range map[Seconds]string{0: "0", 1: "0.000000001", 1e9: "1", 1_500_000_000: "1.5", -20_000: "-0.00002",
		27_000: "0.000027", 123_456_789_012: "123.456789012"} {
		if got := string(in.Append(nil)); got != want {
			t.Errorf("%d ns is written %s, want %s", int64(in), got, want)
		}
		var back Seconds
		if err := json.Unmarshal([]byte(want), &back); err != nil || back != in {
			t.Errorf("%s reads back as %d ns (%v)", want, int64(back), err)
		}
	}
}
