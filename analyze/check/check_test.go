package check_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/check"
	"tcplab/analyze/report"
	"tcplab/capture/script"
)

// captures are incidents as scripts: what is expected of each is known because it was written so.
var captures = map[string]string{
	"exchange": `
0.000 C > S S  0:0(0) win 64240 <mss 1460>
0.010 S > C S. 0:0(0) ack 1 win 65160 <mss 1460>
0.020 C > S .  1:1(0) ack 1 win 502
0.021 C > S P. 1:6(5) ack 1 win 502 "hello"
0.022 C > S P. 6:12(6) ack 1 win 502 " world"
0.030 S > C .  1:1(0) ack 12 win 502
0.031 S > C P. 1:4(3) ack 12 win 502 "bye"
0.040 C > S F. 12:12(0) ack 4 win 502
0.050 S > C F. 4:4(0) ack 13 win 502
0.060 C > S .  13:13(0) ack 5 win 502
`,
	"refused": `
0.000 C > S S  0:0(0) win 64240 <mss 1460>
0.001 S > C R. 0:0(0) ack 1 win 0
`,
	"repeated": `
0.000 C > S S  0:0(0) win 64240 <mss 1460>
0.010 S > C S. 0:0(0) ack 1 win 65160 <mss 1460>
0.020 C > S .  1:1(0) ack 1 win 502
0.021 C > S P. 1:6(5) ack 1 win 502 "hello"
0.300 C > S P. 1:6(5) ack 1 win 502 "hello"
0.310 S > C .  1:1(0) ack 6 win 502
0.400 C > S R. 6:6(0) ack 1 win 502
`,
	"hole": `
0.000 C > S S  0:0(0) win 64240 <mss 1460>
0.010 S > C S. 0:0(0) ack 1 win 65160 <mss 1460>
0.020 C > S .  1:1(0) ack 1 win 502
0.021 C > S P. 1:6(5) ack 1 win 502 "hello"
0.022 C > S P. 16:21(5) ack 1 win 502 "world"
0.030 S > C .  1:1(0) ack 21 win 502
`,
	"midstream": `
0.000 C > S P. 1:6(5) ack 1 win 502 "hello"
0.010 S > C .  1:1(0) ack 6 win 502
`,
	"silent": `
0.000 C > S S  0:0(0) win 64240 <mss 1460>
1.000 C > S S  0:0(0) win 64240 <mss 1460>
`,
}

func read(t *testing.T, name string) *report.Report {
	t.Helper()
	s, err := script.Parse(name, captures[name])
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyze.Run(context.Background(), analyze.Input{Source: s.Source(), Calls: s.Calls}, analyze.Options{Segments: true, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFacts(t *testing.T) {
	for _, c := range []struct {
		capture, fact, values string
		passed                bool
		seen                  string
		frames                []uint32
	}{
		{"exchange", "opened", "true", true, "opened", []uint32{1, 2, 3}},
		{"exchange", "opened", "false", false, "opened", []uint32{1, 2, 3}},
		{"refused", "opened", "true", false, "refused", []uint32{1, 2}},
		{"refused", "opened", "false", true, "refused", []uint32{1, 2}},
		{"midstream", "opened", "false", false, "not known", []uint32{}},
		{"silent", "opened", "true", false, "no answer", []uint32{1, 2}},
		{"refused", "refused", "any", true, "", []uint32{1, 2}},
		{"exchange", "refused", "any", false, "not refused: opened", []uint32{1, 2, 3}},
		{"exchange", "closed-by", "client", true, "client", []uint32{8, 9, 10}},
		{"exchange", "closed-by", "server", false, "client", []uint32{8, 9, 10}},
		{"midstream", "closed-by", "nobody", true, "nobody", []uint32{}},
		{"exchange", "close", "four-way|three-way", true, "three-way", []uint32{8, 9, 10}},
		{"repeated", "close", "three-way", false, "reset", []uint32{7}},
		{"exchange", "time-wait", "client", true, "client", []uint32{8, 9, 10}},
		{"exchange", "client-state", "TIME-WAIT", true, "TIME-WAIT", []uint32{10}},
		{"exchange", "server-state", "LAST-ACK", false, "CLOSED", []uint32{10}},
		{"exchange", "bytes-to-server", "11", true, "11", []uint32{4, 5}},
		{"exchange", "bytes-to-server", ">11", false, "11", []uint32{4, 5}},
		{"exchange", "bytes-to-client", ">=3", true, "3", []uint32{7}},
		{"repeated", "bytes-to-server", "5", true, "5", []uint32{4, 5}},
		{"hole", "bytes-to-server", "20", false, "10, and 10 that the capture lacks", []uint32{4, 5}},
		{"exchange", "message", "lo wor", true, "sent by the client", []uint32{4, 5}},
		{"exchange", "message", "bye", true, "sent by the server", []uint32{7}},
		{"exchange", "client-sends", "world", true, "sent by the client", []uint32{5}},
		{"exchange", "server-sends", "hello", false, `sent was "bye"`, []uint32{}},
		{"hole", "client-sends", "helloworld", false, `"hello", "world"`, []uint32{}},
		{"refused", "message", "x", false, "nothing was sent", []uint32{}},
		{"exchange", "no-retransmission", "true", true, "no retransmission", []uint32{}},
		{"repeated", "no-retransmission", "true", false, "1 retransmission", []uint32{5}},
		{"repeated", "no-reset", "true", false, "1 reset", []uint32{7}},
		{"exchange", "no-reset", "true", true, "no reset", []uint32{}},
		{"exchange", "complete", "true", true, "nothing missing", []uint32{}},
		{"hole", "complete", "true", false, "10 bytes missing", []uint32{}},
		{"exchange", "rtt-below", "50ms", true, "20ms", []uint32{1, 2, 3}},
		{"exchange", "rtt-below", "20ms", false, "20ms", []uint32{1, 2, 3}},
		{"midstream", "rtt-below", "1h", false, "not known", []uint32{}},
		{"exchange", "took-below", "1s", true, "60ms", []uint32{1, 10}},
		{"exchange", "connections", "1", true, "1", []uint32{}},
		{"exchange", "connections", "2", false, "1", []uint32{}},
		{"exchange", "no-finding", "any", true, "no such finding", []uint32{}},
		{"repeated", "finding", "closed-port", false, "", nil},
		{"exchange", "finding", "closed-port", false, "no finding", []uint32{}},
		{"exchange", "client-exit", "0", false, "not known", []uint32{}},
		{"exchange", "client-sees", "none", false, "no failed call", []uint32{}},
		{"exchange", "as-designed", "true", false, "not known", []uint32{}},
		{"exchange", "segments", "10", true, "10", []uint32{}},
		{"exchange", "lengths-to-server", "5+6", true, "5+6", []uint32{4, 5}},
		{"exchange", "lengths-to-client", "1+2", false, "3", []uint32{7}},
		{"exchange", "history", "ShADadFf", true, "ShADadFf", []uint32{}},
		{"exchange", "took", "62ms", true, "60ms", []uint32{1, 10}},
		{"exchange", "took", "70ms", false, "60ms", []uint32{1, 10}},
	} {
		t.Run(fmt.Sprintf("%s %s %s", c.capture, c.fact, c.values), func(t *testing.T) {
			list := []check.Assertion{{Fact: c.fact, Values: strings.Split(c.values, "|"), Conn: check.Every}}
			if err := check.Validate(list, true); err != nil {
				t.Fatal(err)
			}
			results := check.Judge("x", read(t, c.capture), list)
			if len(results) != 1 {
				t.Fatalf("%d results", len(results))
			}
			r := results[0]
			if r.Passed != c.passed || !strings.Contains(r.Seen, c.seen) || c.frames != nil && !slices.Equal(r.Frames, c.frames) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// Every fact has a case above that passes or says why it cannot, so that none is a word without a meaning.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		assertion check.Assertion
		exact     bool
		says      string // "" when it is fine
	}{
		{check.Assertion{Fact: "opened", Values: []string{"true"}}, false, ""},
		{check.Assertion{Fact: "opened", Values: []string{"maybe"}}, false, "neither true nor false"},
		{check.Assertion{Fact: "openned", Values: []string{"true"}, Where: "e.yaml:3"}, false, `e.yaml:3: no fact "openned"`},
		{check.Assertion{Fact: "close", Values: []string{"five-way"}}, false, `"five-way" is none of four-way`},
		{check.Assertion{Fact: "bytes-to-server", Values: []string{"=>4"}}, false, "is no number"},
		{check.Assertion{Fact: "bytes-to-server", Values: []string{"-4"}}, false, "is no number"},
		{check.Assertion{Fact: "rtt-below", Values: []string{"50"}}, false, "is no time"},
		{check.Assertion{Fact: "message", Values: []string{""}}, false, "is empty"},
		{check.Assertion{Fact: "connections", Values: []string{"1"}, Conn: 0}, false, "the whole capture"},
		{check.Assertion{Fact: "opened", Values: nil}, false, "wants a value"},
		{check.Assertion{Fact: "segments", Values: []string{"10"}}, false, "up to the kernel"},
		{check.Assertion{Fact: "segments", Values: []string{"10"}}, true, ""},
		{check.Assertion{Fact: "took", Values: []string{"1s"}}, false, "times differ"},
	} {
		err := check.Validate([]check.Assertion{c.assertion}, c.exact)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.assertion, err)
		}
		var chance *check.ChanceError
		if errors.As(err, &chance) != (c.says == "up to the kernel" || c.says == "times differ") {
			t.Errorf("%+v: %T", c.assertion, err)
		}
	}
}

// An assertion about a connection that is not there fails; so does one about all connections when there is none.
func TestNothingThereIsNoPass(t *testing.T) {
	r := read(t, "exchange")
	for _, conn := range []int{1, check.Every} {
		if conn == check.Every {
			r = &report.Report{}
		}
		got := check.Judge("x", r, []check.Assertion{{Fact: "no-reset", Values: []string{"true"}, Conn: conn}})
		if len(got) != 1 || got[0].Passed || !strings.Contains(got[0].Seen, "no connection") {
			t.Errorf("conn %d: %+v", conn, got)
		}
	}
	if check.Sum(nil).Passed {
		t.Error("nothing was checked and it passed")
	}
}

// What was written as XML and TAP holds every result once, whatever bytes were captured.
func TestFormatsHoldWhatWasSeen(t *testing.T) {
	results := []check.Result{
		{File: "a", Name: "opened", Expected: "true", Seen: "opened", Frames: []uint32{1, 2, 3}, Passed: true},
		{File: "b", Name: "message", Expected: "]]></failure> # \\ \x1b[31m", Seen: "\x00\xff\n<b>", Frames: []uint32{}},
	}
	s := check.Sum(results)
	var text, tap, junit bytes.Buffer
	if err := errors.Join(check.WriteText(&text, s, true), check.WriteTAP(&tap, s), check.WriteJUnit(&junit, s)); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{text.String(), tap.String(), junit.String()} {
		if strings.ContainsAny(out, "\x1b\x00") || strings.Contains(out, "\xff") {
			t.Errorf("control bytes in\n%q", out)
		}
	}
	if !strings.HasPrefix(tap.String(), "TAP version 13\n1..2\nok 1 - a: opened\nnot ok 2 - b: message ]]></failure> \\# \\\\") {
		t.Errorf("TAP:\n%s", tap.String())
	}
	var suites struct {
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Cases []struct {
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(junit.Bytes(), &suites); err != nil {
		t.Fatalf("%v in\n%s", err, junit.String())
	}
	if suites.Failures != 1 || len(suites.Suites) != 2 || suites.Suites[1].Cases[0].Failure == nil || suites.Suites[0].Cases[0].Failure != nil {
		t.Errorf("JUnit: %+v", suites)
	}
}

// prove, which reads TAP for a living, finds every result and nothing to complain of, whatever bytes were captured.
func TestProveReadsTAP(t *testing.T) {
	if _, err := exec.LookPath("prove"); err != nil {
		t.Skip("prove is not installed; it comes with perl")
	}
	for _, x := range []struct {
		seen, want string
		passed     bool
	}{{"x", "All tests successful", true}, {"\x00\n...\nnot ok 7 # TODO \x1b[31m", "Failed test:  2\n", false}} {
		results := []check.Result{{File: "a", Name: "opened", Passed: true}, {File: "b # SKIP\nBail out!", Name: "message", Expected: "y\n1..9", Seen: x.seen, Passed: x.passed}}
		file := filepath.Join(t.TempDir(), "results.tap")
		var tap bytes.Buffer
		if err := errors.Join(check.WriteTAP(&tap, check.Sum(results)), os.WriteFile(file, tap.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command("prove", "--exec", "cat", file).CombinedOutput()
		if said := string(out); !strings.Contains(said, x.want) || strings.Contains(said, "Parse errors") || strings.Contains(said, "skipped") {
			t.Errorf("prove says\n%s of\n%s", said, tap.String())
		}
	}
}

// Results stand by assertion, then by value, then by connection, in whatever order they became known; what was found many
// times is said once.
func TestResultsStandByAssertion(t *testing.T) {
	refused := report.Finding{Cause: "closed-port", Level: "likely", Severity: "error", Frames: []uint32{2, 1, 2}}
	conns := []report.Connection{
		{ID: 0, Outcome: "SF", Handshake: &report.Handshake{SYN: 1, SYNACK: 2, ACK: 3, Kind: "normal"}, Transcript: []report.Chunk{{Dir: "c2s", Frame: 4, Data: []byte("one two")}}},
		{ID: 1, Outcome: "REJ", Findings: []report.Finding{refused}},
		{ID: 2, Outcome: "REJ", Findings: []report.Finding{refused}},
	}
	s := check.NewStream("x", []check.Assertion{
		{Fact: "client-sends", Values: []string{"one", "two"}, Conn: check.Every},
		{Fact: "opened", Values: []string{"true"}, Conn: 0},
		{Fact: "no-finding", Values: []string{"any"}, Conn: check.Every},
		{Fact: "connections", Values: []string{"3"}, Conn: check.Every},
		{Fact: "no-reset", Values: []string{"true"}, Conn: 7},
	})
	for i := range conns {
		if err := s.Connection(&conns[i]); err != nil {
			t.Fatal(err)
		}
	}
	got := []string{}
	for _, r := range s.Finish(&report.Report{}) {
		conn := "all"
		if r.Conn != nil {
			conn = fmt.Sprint(*r.Conn)
		}
		got = append(got, fmt.Sprintf("%s %s=%s %v %s %v", conn, r.Name, r.Expected, r.Passed, r.Seen, r.Frames))
	}
	want := []string{
		"0 client-sends=one true sent by the client [4]", "1 client-sends=one false nothing was sent []", "2 client-sends=one false nothing was sent []",
		"0 client-sends=two true sent by the client [4]", "1 client-sends=two false nothing was sent []", "2 client-sends=two false nothing was sent []",
		"0 opened=true true opened [1 2 3]", "all no-finding=any false closed-port, likely (2 times) [1 2]", "all connections=3 true 3 []",
		"all no-reset=true false no connection 7 []",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// xmllint accepts the JUnit XML, and it has the shape that CI servers read.
func TestJUnitShape(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("xmllint is not installed")
	}
	const schema = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="testsuites"><xs:complexType><xs:sequence>
<xs:element name="testsuite" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="testcase" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="failure" minOccurs="0"><xs:complexType mixed="true"><xs:attribute name="message" type="xs:string"/><xs:attribute name="type" type="xs:string"/></xs:complexType></xs:element>
</xs:sequence><xs:attribute name="classname" type="xs:string" use="required"/><xs:attribute name="name" type="xs:string" use="required"/><xs:attribute name="time" type="xs:decimal"/></xs:complexType></xs:element>
</xs:sequence><xs:attribute name="name" type="xs:string" use="required"/><xs:attribute name="tests" type="xs:integer" use="required"/><xs:attribute name="failures" type="xs:integer" use="required"/></xs:complexType></xs:element>
</xs:sequence><xs:attribute name="tests" type="xs:integer"/><xs:attribute name="failures" type="xs:integer"/></xs:complexType></xs:element></xs:schema>`
	dir := t.TempDir()
	var junit bytes.Buffer
	list := []check.Assertion{{Fact: "opened", Values: []string{"true"}, Conn: check.Every}, {Fact: "close", Values: []string{"reset"}, Conn: check.Every}}
	if err := check.WriteJUnit(&junit, check.Sum(check.Judge("a <b>", read(t, "exchange"), list))); err != nil {
		t.Fatal(err)
	}
	xsd, file := filepath.Join(dir, "junit.xsd"), filepath.Join(dir, "junit.xml")
	if err := errors.Join(os.WriteFile(xsd, []byte(schema), 0o600), os.WriteFile(file, junit.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("xmllint", "--noout", "--schema", xsd, file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, junit.String())
	}
}

// schema.md names every fact, in the order of the help.
func TestManualNamesEveryFact(t *testing.T) {
	_, text, _ := strings.Cut(report.Manual, "## format.expect\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var got, want []string
	for _, part := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|$").FindAllStringSubmatch(text, -1) {
		got = append(got, part[1])
	}
	for _, f := range check.Facts() {
		want = append(want, f.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("schema.md names the facts\n%q\nthere are\n%q", got, want)
	}
}
