package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcplab/capture/calls"
	"tcplab/session"
)

// Claim is one thing a run must show. Exactly one of Exit, Call, Report and Cause is set.
type Claim struct {
	Text   string
	Exit   *Exit
	Call   *Call
	Report *Field
	Cause  string // a finding of the report, of a connection or of the whole run, names it
}

// Exit claims how an actor ended.
type Exit struct {
	Actor  string
	Status int
	Signal string // "SIGPIPE"; then Status is -1
}

// Call claims that calls of an actor answered in a certain way.
type Call struct {
	Actor, Op string
	Errno     string        // "" for success
	Total     *int          // the sum of what they returned, when it matters
	Count     int           // how many such calls; 0: at least one
	AtLeast   time.Duration // one of them took that long
}

// Field claims a value of the report, by the path it has in JSON: "connections[0].close.kind".
type Field struct {
	Path string
	Want string
}

// Check says whether the run shows the claim, and what it showed. report is the decoded JSON report of the run; when it is
// nil, claims on the report are not checked: ok is true and seen says so.
func (c Claim) Check(r *session.Result, report any) (seen string, ok bool) {
	switch {
	case c.Exit != nil:
		return c.Exit.check(r)
	case c.Call != nil:
		return c.Call.check(r)
	case report == nil:
		return "not checked: no report", true
	case c.Cause != "":
		causes := causes(report)
		either := strings.Split(c.Cause, " or ")
		return strings.Join(causes, ", "), slices.ContainsFunc(causes, func(cause string) bool { return slices.Contains(either, cause) })
	}
	seen = lookup(report, c.Report.Path)
	return seen, seen == c.Report.Want
}

func (e *Exit) check(r *session.Result) (string, bool) {
	for _, x := range r.Exits {
		if x.Name != e.Actor {
			continue
		}
		seen := "status " + strconv.Itoa(x.Status)
		if x.Signal != "" {
			seen = x.Signal
		}
		return strings.TrimSuffix(seen+", "+x.Error, ", "), x.Status == e.Status && x.Signal == e.Signal
	}
	return "no actor " + e.Actor, false
}

func (c *Call) check(r *session.Result) (string, bool) {
	count, total, longest := 0, 0, time.Duration(0)
	var errnos []string
	for i := range r.Calls {
		x := &r.Calls[i]
		if x.Actor != c.Actor || x.Op != c.Op || x.End == 0 {
			continue
		}
		name := ""
		if x.Errno != 0 {
			name = calls.ErrnoName(x.Errno)
		}
		errnos = append(errnos, name)
		if name == c.Errno {
			count++
			total += max(x.N, 0)
			longest = max(longest, x.Duration())
		}
	}
	seen := fmt.Sprintf("%d of %d calls, %d in sum, at most %v, errnos %q", count, len(errnos), total, longest, errnos)
	ok := count > 0 && (c.Count == 0 || c.Count == count) && (c.Total == nil || *c.Total == total)
	return seen, ok && longest >= c.AtLeast
}

// causes lists the causes of all findings in a decoded report.
func causes(report any) (names []string) {
	root, _ := report.(map[string]any)
	lists := []any{root["findings"]}
	connections, _ := root["connections"].([]any)
	for _, c := range connections {
		connection, _ := c.(map[string]any)
		lists = append(lists, connection["findings"])
	}
	for _, list := range lists {
		findings, _ := list.([]any)
		for _, f := range findings {
			names = append(names, lookup(f, "cause"))
		}
	}
	return names
}

// lookup walks decoded JSON along path and prints what it finds there, "" when there is nothing.
func lookup(v any, path string) string {
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		switch node := v.(type) {
		case map[string]any:
			v = node[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(node) {
				return ""
			}
			v = node[i]
		default:
			return ""
		}
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
