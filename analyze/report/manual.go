package report

import (
	_ "embed"
	"strings"
)

// Manual is schema.md: every field of the report in words.
//
//go:embed schema.md
var Manual string

// meanings reads the tables of the manual: what each field of each struct means.
func meanings(manual string) map[string]map[string]string {
	all, section := map[string]map[string]string{}, ""
	for line := range strings.Lines(manual) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "## "); ok {
			section = name
			all[section] = map[string]string{}
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		field := strings.TrimSpace(cells[0])
		if len(cells) == 3 && strings.HasPrefix(field, "`") {
			all[section][strings.Trim(field, "`")] = strings.TrimSpace(cells[2])
		}
	}
	return all
}
