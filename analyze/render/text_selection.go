package render

import (
	"strings"

	"tcplab/analyze/render/texttab"
)

// howMany says how many connections a report shows, and of how many.
func (p *page) howMany(shown uint64) string {
	s := p.r.Selection
	if s == nil {
		return plural(shown, "connection")
	}
	all := "all " + plural(s.Connections, "connection")
	match := map[bool]string{true: " matches", false: " match"}[s.Matching == 1]
	if len(s.Find) > 0 {
		match = map[bool]string{true: " holds ", false: " hold "}[s.Matching == 1] + texttab.Cut(string(s.Find), 40)
	}
	switch {
	case s.By == "":
		return itoa(s.Matching) + " of " + plural(s.Connections, "connection") + match
	case s.Where != "" || len(s.Find) > 0:
		all = itoa(s.Matching) + " of " + plural(s.Connections, "connection") + match
	}
	return all + ", the " + itoa(shown) + " largest by " + s.By + values(s.Values)
}

// values lists what the connections were ordered by, the first few.
func values(list []string) string {
	const few = 6
	switch {
	case len(list) == 0:
		return ""
	case len(list) > few:
		return ": " + strings.Join(list[:few], ", ") + " …"
	}
	return ": " + strings.Join(list, ", ")
}
