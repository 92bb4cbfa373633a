package render

import (
	"reflect"
	"time"
)

// poison puts hostile text into every string, byte slice, map key and empty list of strings of a report.
func poison(v any) { poisonValue(reflect.ValueOf(v).Elem()) }

func poisonValue(v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			poisonValue(v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poisonValue(v.Elem())
		}
	case reflect.Map:
		poisonMap(v)
	case reflect.Slice:
		poisonSlice(v)
	case reflect.String:
		// What selects a drawing is left, so that every part is drawn: the text is appended instead.
		v.SetString(v.String() + hostile)
		if steers(v.String()[:len(v.String())-len(hostile)]) {
			v.SetString(v.String()[:len(v.String())-len(hostile)])
		}
	}
}

func poisonMap(v reflect.Value) {
	for _, key := range v.MapKeys() {
		value := v.MapIndex(key)
		v.SetMapIndex(key, reflect.Value{})
		poisoned := reflect.New(value.Type()).Elem()
		poisoned.Set(value)
		poisonValue(poisoned)
		v.SetMapIndex(reflect.ValueOf(key.String()+hostile), poisoned)
	}
}

func poisonSlice(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[[]byte]():
		v.SetBytes([]byte(hostile))
	case v.Len() == 0 && v.Type() == reflect.TypeFor[[]string]():
		v.Set(reflect.ValueOf([]string{hostile}))
	}
	for i := range v.Len() {
		if v.Type().Elem().Kind() != reflect.Uint8 {
			poisonValue(v.Index(i))
		}
	}
}

// steers reports whether a string chooses what is drawn rather than being drawn.
func steers(s string) bool {
	switch s {
	case "call-begin", "call-end", "frame", "c2s", "s2c", "error", "client", "server", "stdout", "stderr":
		return true
	}
	return false
}
