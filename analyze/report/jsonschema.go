package report

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// choices are the fields whose value is one of a few words, by the type as the manual calls it and the JSON name.
var choices = map[string][]string{
	"Report.schema":          {Schema},
	"Input.kind":             {"file", "live"},
	"Connection.outcome":     {"S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"},
	"Handshake.kind":         {"normal", "simultaneous", "fast-open", "partial"},
	"Close.kind":             {"four-way", "three-way", "simultaneous", "half", "reset", "none"},
	"Close.by":               {"client", "server", "both", ""},
	"Close.time_wait":        {"client", "server", "both", ""},
	"Segment.dir":            {"c2s", "s2c"},
	"Segment.phase":          {"handshake", "data", "teardown", "reset"},
	"Finding.level":          {"certain", "strong", "likely", "possible"},
	"Finding.severity":       {"error", "warning", "note"},
	"Event.kind":             {"call-begin", "call-end", "frame"},
	"JoinedClock.basis":      {"both ways", "one way", "none", "one clock", "stepped"},
	"canon.Close.kind":       {"orderly", "four-way", "three-way", "simultaneous", "half", "reset", "none"},
	"canon.Close.by":         {"client", "server", "both", "either", ""},
	"canon.Close.time_wait":  {"client", "server", "both", "either", ""},
	"canon.Finding.level":    {"certain", "strong", "likely", "possible", "strong or likely"},
	"canon.Finding.severity": {"error", "warning", "note"},
	"SegmentEnds.fate":       {"arrived", "lost", "recut", "copied", "injected", "missed", "unsent", "unwatched"},
}

// JSONSchema returns the JSON Schema (draft 2020-12) of a report, made from the types themselves and
// described by the manual.
func JSONSchema() ([]byte, error) { return SchemaOf(reflect.TypeFor[Report](), Schema) }

// SchemaOf returns the JSON Schema of t, another thing that tcplab prints as JSON. Types of other packages are described
// by the manual under their qualified name, "canon.Form".
func SchemaOf(t reflect.Type, id string) ([]byte, error) {
	defs := map[string]any{}
	root := schemaOf(t, defs)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = id
	root["$defs"] = defs
	return json.MarshalIndent(root, "", "  ")
}

// schemaOf returns the schema of t. Structs go into defs under their name.
func schemaOf(t reflect.Type, defs map[string]any) map[string]any {
	switch t {
	case reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case reflect.TypeFor[Seconds]():
		return map[string]any{"type": "number"}
	case reflect.TypeFor[[]byte]():
		return map[string]any{"type": "string", "contentEncoding": "base64"}
	}
	switch t.Kind() {
	case reflect.Struct:
		if _, done := defs[t.Name()]; !done {
			defs[t.Name()] = nil // types that hold themselves end here
			defs[t.Name()] = structSchema(t, defs)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Pointer:
		return map[string]any{"anyOf": []any{schemaOf(t.Elem(), defs), map[string]any{"type": "null"}}}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), defs)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem(), defs)}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "integer"}
}

// section is where the manual describes t.
func section(t reflect.Type) string {
	if t.PkgPath() == reflect.TypeFor[Report]().PkgPath() {
		return t.Name()
	}
	return t.String()
}

// structSchema describes a struct: every field that is always written is required. More fields may come with any
// version, so none is forbidden.
func structSchema(t reflect.Type, defs map[string]any) map[string]any {
	properties, required := map[string]any{}, []string{}
	words := meanings(Manual)[section(t)]
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue // not written
		}
		field := schemaOf(t.Field(i).Type, defs)
		if values := choices[section(t)+"."+name]; values != nil {
			field["enum"] = values
		}
		if text := words[name]; text != "" {
			field["description"] = text
		}
		properties[name] = field
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}
