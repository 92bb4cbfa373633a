package report

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func parsedSchema(t *testing.T) map[string]any {
	t.Helper()
	text, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// full returns a Report in which every pointer, slice and map of the tree has a value, so that nothing is left out.
func full(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(1, 2).UTC()))
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(full(t.Field(i).Type))
		}
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(full(t.Elem()))
	case t.Kind() == reflect.Slice:
		v.Set(reflect.Append(v, full(t.Elem())))
	case t.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(full(t.Key()), full(t.Elem()))
	case t.Kind() == reflect.String:
		v.SetString("text")
	case t.Kind() == reflect.Bool:
		v.SetBool(true)
	default:
		v.Set(reflect.ValueOf(7).Convert(t))
	}
	return v
}

// A report with a value in every field is described field by field: name, type and all.
func TestSchemaDescribesWhatIsWritten(t *testing.T) {
	text, err := json.Marshal(full(reflect.TypeFor[Report]()).Interface())
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	schema := parsedSchema(t)
	defs := schema["$defs"].(map[string]any)
	for def := range choices {
		name, field, _ := strings.Cut(def, ".")
		if strings.Contains(field, ".") {
			continue // of another package: the command's tests validate what it writes
		}
		property, ok := defs[name].(map[string]any)["properties"].(map[string]any)[field].(map[string]any)
		if !ok {
			t.Fatalf("choices has %s, which is no field", def)
		}
		delete(property, "enum") // the values here are made up
	}
	conforms(t, "report", value, schema, defs)
}

// What every report has is required, what only some have is not, and words are listed where there are only a few.
func TestSchemaRequires(t *testing.T) {
	schema := parsedSchema(t)
	defs := schema["$defs"].(map[string]any)
	required := defs["Connection"].(map[string]any)["required"].([]any)
	for _, name := range []string{"id", "client", "handshake", "close", "findings"} {
		if !slices.Contains(required, any(name)) {
			t.Errorf("Connection.%s is not required", name)
		}
	}
	if slices.Contains(required, any("segments")) {
		t.Error("Connection.segments is required, but only --segments writes it")
	}
	outcome := defs["Connection"].(map[string]any)["properties"].(map[string]any)["outcome"].(map[string]any)
	if len(outcome["enum"].([]any)) != 13 {
		t.Errorf("outcomes: %v", outcome["enum"])
	}
}

// conforms checks value against the parts of JSON Schema that JSONSchema uses, and that no property goes undescribed.
func conforms(t *testing.T, path string, value any, schema, defs map[string]any) {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		schema = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if alternatives, ok := schema["anyOf"].([]any); ok {
		conforms(t, path, value, alternatives[0].(map[string]any), defs)
		return
	}
	want := schema["type"]
	switch v := value.(type) {
	case map[string]any:
		if want != "object" {
			t.Errorf("%s is an object, the schema says %v", path, want)
			return
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, field := range v {
			described, ok := properties[name].(map[string]any)
			if !ok {
				described, ok = schema["additionalProperties"].(map[string]any)
			}
			if !ok {
				t.Errorf("%s.%s is not in the schema", path, name)
				continue
			}
			conforms(t, path+"."+name, field, described, defs)
		}
	case []any:
		if want != "array" {
			t.Errorf("%s is an array, the schema says %v", path, want)
			return
		}
		for _, item := range v {
			conforms(t, path+"[]", item, schema["items"].(map[string]any), defs)
		}
	case string:
		if want != "string" {
			t.Errorf("%s is a string, the schema says %v", path, want)
		}
	case bool:
		if want != "boolean" {
			t.Errorf("%s is a boolean, the schema says %v", path, want)
		}
	case float64:
		if want != "integer" && want != "number" {
			t.Errorf("%s is a number, the schema says %v", path, want)
		}
	}
}
