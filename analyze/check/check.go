// Package check compares a report with what is expected of it: facts that a person may assert of every good run, and
// that do not change from one to the next. What is luck (where the kernel cut the stream, how long something took) can
// be asserted too, but only by those who say that they mean it.
package check

import (
	"fmt"
	"slices"
	"strings"

	"tcplab/analyze/report"
)

// Assertion is one fact that is expected of a report.
type Assertion struct {
	Fact   string
	Values []string // alternatives, or for facts that are asserted one by one: each of them
	Conn   int      // the connection it is about; Every: all of them
	Where  string   // "expect.yaml:4", for errors
}

// Every is the connection number of an assertion about all connections.
const Every = -1

// Result is what became of an assertion.
type Result struct {
	File     string   `json:"file"`
	Conn     *uint32  `json:"connection,omitempty"` // absent when it is about the whole capture
	Name     string   `json:"name"`
	Expected string   `json:"expected"`
	Seen     string   `json:"seen"`
	Frames   []uint32 `json:"frames"`
	Passed   bool     `json:"passed"`
}

// Summary is the outcome of all assertions on all inputs, as JSON shows it.
type Summary struct {
	Passed bool     `json:"passed"`
	Checks []Result `json:"checks"`
}

// Sum makes the summary. Where nothing was checked nothing passed.
func Sum(results []Result) Summary {
	s := Summary{Passed: len(results) > 0, Checks: results}
	if results == nil {
		s.Checks = []Result{} // a list all the same
	}
	for _, r := range results {
		s.Passed = s.Passed && r.Passed
	}
	return s
}

// Failed counts the results that did not pass.
func (s Summary) Failed() (n int) {
	for _, r := range s.Checks {
		if !r.Passed {
			n++
		}
	}
	return n
}

// ChanceError says that an assertion is about something that is luck.
type ChanceError struct{ Assertion Assertion }

// Error names the fact and why it is luck.
func (e *ChanceError) Error() string {
	fact, _ := Lookup(e.Assertion.Fact)
	return fmt.Sprintf("%s%s may differ from run to run: %s", prefix(e.Assertion), e.Assertion.Fact, fact.Chance)
}

// Validate returns what is wrong with assertions: an unknown fact, a value that cannot be met, or, unless exact, luck.
func Validate(list []Assertion, exact bool) error {
	for _, a := range list {
		fact, ok := Lookup(a.Fact)
		switch {
		case !ok:
			return fmt.Errorf("%sno fact %q", prefix(a), a.Fact)
		case len(a.Values) == 0:
			return fmt.Errorf("%s%s wants a value", prefix(a), a.Fact)
		case a.Conn != Every && fact.whole != nil:
			return fmt.Errorf("%s%s is about the whole capture, not about one connection", prefix(a), a.Fact)
		case fact.Chance != "" && !exact:
			return &ChanceError{a}
		}
		for _, v := range a.Values {
			if err := fact.valid(v); err != nil {
				return fmt.Errorf("%s%s: %w", prefix(a), a.Fact, err)
			}
		}
	}
	return nil
}

func prefix(a Assertion) string {
	if a.Where == "" {
		return ""
	}
	return a.Where + ": "
}

// Judge compares r, the report of file, with assertions that Validate has accepted.
func Judge(file string, r *report.Report, list []Assertion) []Result {
	s := NewStream(file, list)
	for i := range r.Connections {
		s.Connection(&r.Connections[i]) // never fails
	}
	return s.Finish(r)
}

// wants splits the values of a fact that is asserted one by one.
func (f Fact) wants(values []string) [][]string {
	if !f.Each {
		return [][]string{values}
	}
	var list [][]string
	for _, v := range values {
		list = append(list, []string{v})
	}
	return list
}

// blank is the result of an assertion before anything was seen.
func blank(file string, a Assertion, want []string) Result {
	return Result{File: file, Name: a.Fact, Expected: strings.Join(want, " or ")}
}

// sight is what a fact finds in a report.
type sight struct {
	ok     bool
	seen   string
	frames []uint32
}

func (r Result) with(s sight) Result {
	r.Passed, r.Seen = s.ok, s.seen
	r.Frames = slices.DeleteFunc(append([]uint32{}, s.frames...), func(f uint32) bool { return f == 0 })
	slices.Sort(r.Frames)
	r.Frames = slices.Compact(r.Frames)
	return r
}
