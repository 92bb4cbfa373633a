package check

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"tcplab/analyze/render/texttab"
)

// WriteText writes results for people: a line for each, and below a failure what was expected, seen, and where.
func WriteText(w io.Writer, s Summary, ascii bool) error {
	b := bufio.NewWriter(w)
	pass, fail := "✓", "✗"
	if ascii {
		pass, fail = "ok  ", "FAIL"
	}
	file, several := "", len(s.Checks) > 0 && s.Checks[0].File != s.Checks[len(s.Checks)-1].File
	for _, r := range s.Checks {
		if several && r.File != file {
			file = r.File
			fmt.Fprintf(b, "%s:\n", texttab.Clean(file))
		}
		if r.Passed {
			fmt.Fprintf(b, "%s %s\n", pass, texttab.Clean(title(r)))
			continue
		}
		fmt.Fprintf(b, "%s %s\n", fail, texttab.Clean(title(r)))
		for _, line := range []string{"expected " + expected(r), "seen     " + r.Seen, "frames   " + frames(r.Frames)} {
			fmt.Fprintf(b, "    %s\n", texttab.Clean(line))
		}
	}
	return b.Flush()
}

// title names a result: "conn 0: closed-by client".
func title(r Result) string {
	t := r.Name
	if r.Expected != "true" {
		t += " " + r.Expected
	}
	if r.Conn != nil {
		t = fmt.Sprintf("conn %d: %s", *r.Conn, t)
	}
	return t
}

// expected is what the result wanted to see, in words.
func expected(r Result) string {
	switch r.Expected {
	case "true":
		return r.Name
	case "false":
		return "not " + r.Name
	}
	return r.Expected
}

// frames lists frame numbers, the first few.
func frames(list []uint32) string {
	const shown = 12
	if len(list) == 0 {
		return "none"
	}
	more := ""
	if len(list) > shown {
		list, more = list[:shown], fmt.Sprintf(" and %d more", len(list)-shown)
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ", "), "[]") + more
}

// WriteTAP writes results in the Test Anything Protocol, version 13: what perl's prove reads too, which refuses later ones.
func WriteTAP(w io.Writer, s Summary) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "TAP version 13\n1..%d\n", len(s.Checks))
	for i, r := range s.Checks {
		ok := "ok"
		if !r.Passed {
			ok = "not ok"
		}
		// "#" and "\" mean something in a description, so they are escaped
		name := strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(texttab.Clean(r.File + ": " + title(r)))
		fmt.Fprintf(b, "%s %d - %s\n", ok, i+1, name)
		if !r.Passed {
			fmt.Fprintf(b, "  ---\n  expected: %q\n  seen: %q\n  frames: %q\n  ...\n",
				texttab.Clean(expected(r)), texttab.Clean(r.Seen), frames(r.Frames))
		}
	}
	return b.Flush()
}

// The elements of a JUnit report, as CI servers read them.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes results as JUnit XML: a suite for each input.
func WriteJUnit(w io.Writer, s Summary) error {
	all := junitSuites{Tests: len(s.Checks), Failures: s.Failed()}
	for _, r := range s.Checks {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != texttab.Clean(r.File) {
			all.Suites = append(all.Suites, junitSuite{Name: texttab.Clean(r.File)})
		}
		suite := &all.Suites[len(all.Suites)-1]
		one := junitCase{Class: suite.Name, Name: texttab.Clean(title(r))}
		suite.Tests++
		if !r.Passed {
			suite.Failures++
			one.Failure = &junitFailure{
				Message: texttab.Clean(fmt.Sprintf("expected %s, seen %s", expected(r), r.Seen)), Text: "frames " + frames(r.Frames)}
		}
		suite.Cases = append(suite.Cases, one)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
