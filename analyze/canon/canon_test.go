package canon_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"tcplab/analyze"
	"tcplab/analyze/canon"
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/script"
)

func form(t *testing.T, text string) *canon.Form {
	t.Helper()
	return canon.Of(read(t, text))
}

func read(t *testing.T, text string) *report.Report {
	t.Helper()
	s, err := script.Parse("test", text)
	if err != nil {
		t.Fatal(err)
	}
	in := analyze.Input{Source: s.Source(), Calls: s.Calls}
	if len(s.Calls) > 0 {
		in.About = &capture.About{} // calls are those of a run
	}
	r, err := analyze.Run(context.Background(), in, analyze.Options{Segments: true, Payload: 512, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func lines(f *canon.Form) string { return strings.Join(f.Lines(), "\n") }

const base = `
C 127.0.0.1:40001 isn 7
S 127.0.0.1:8080 isn 99
0.000000 C > S S  0:0(0) win 64240 <mss 1460>
0.000010 S > C S. 0:0(0) ack 1 win 65160 <mss 1460>
0.000020 C > S .  1:1(0) ack 1 win 502
0.000100 C > S P. 1:11(10) ack 1 win 502 "helloworld"
0.000110 S > C .  1:1(0) ack 11 win 502
0.000200 S > C P. 1:9(8) ack 11 win 502 "12:34:56"
0.000210 C > S .  11:11(0) ack 9 win 502
0.000300 C > S F. 11:11(0) ack 9 win 502
0.000400 S > C F. 9:9(0) ack 12 win 502
0.000500 C > S .  12:12(0) ack 10 win 502
`

// luck is the same exchange on another day: other ports and numbers, another address, the payload cut elsewhere, no
// bare ACKs or more of them, a FIN on the data, a slow moment, another time of day.
const luck = `
C 10.1.2.3:51234 isn 4000000000
S 10.1.2.9:8080 isn 12
0.000000 C > S S  0:0(0) win 64240 <mss 1460>
0.001000 S > C S. 0:0(0) ack 1 win 65160 <mss 1460>
0.001100 C > S .  1:1(0) ack 1 win 502
0.001200 C > S .  1:6(5) ack 1 win 502 "hello"
0.001300 C > S P. 6:11(5) ack 1 win 502 "world"
0.070000 S > C P. 1:9(8) ack 11 win 502 "23:59:59"
0.070100 C > S F. 11:11(0) ack 9 win 502
0.070200 S > C .  9:9(0) ack 12 win 502
0.070300 S > C F. 9:9(0) ack 12 win 502
0.070400 C > S .  12:12(0) ack 10 win 502
`

func TestLuckDoesNotShow(t *testing.T) {
	a, b := lines(form(t, base)), lines(form(t, luck))
	if a != b {
		t.Errorf("one exchange, two forms:\n%s\n\n%s", a, b)
	}
	for _, what := range []string{"127.0.0.1", "40001", "12:34"} {
		if strings.Contains(a, what) {
			t.Errorf("%s is in\n%s", what, a)
		}
	}
}

// What is no luck does show.
func TestDifferencesShow(t *testing.T) {
	a := lines(form(t, base))
	for what, change := range map[string][2]string{
		"another byte":       {"helloworld", "helloWorld"},
		"a reset":            {"0.000400 S > C F. 9:9(0) ack 12", "0.000400 S > C R. 9:9(0) ack 12"},
		"a pause":            {"0.000200 S > C P.", "1.000200 S > C P."},
		"another port":       {":8080", ":8081"},
		"another MSS":        {"65160 <mss 1460>", "65160 <mss 536>"},
		"no end":             {"0.000300 C > S F. 11:11(0)", "0.000300 C > S .  11:11(0)"},
		"who closes first":   {"0.000300 C > S F. 11:11(0) ack 9 win 502\n0.000400 S > C F. 9:9(0) ack 12", "0.000300 S > C F. 9:9(0) ack 11 win 502\n0.000400 C > S F. 11:11(0) ack 10"},
		"data after the FIN": {"0.000400 S > C F. 9:9(0) ack 12", "0.000400 S > C F. 9:12(3) ack 12"},
		"sent twice":         {"0.000110 S > C .  1:1(0) ack 11 win 502", "0.300000 C > S P. 1:11(10) ack 1 win 502 \"helloworld\""},
	} {
		text := strings.Replace(base, change[0], change[1], 1)
		if what == "a pause" || what == "sent twice" {
			text = strings.NewReplacer("0.0002", "1.0002", "0.0003", "1.0003", "0.0004", "1.0004", "0.0005", "1.0005").Replace(text)
		}
		if b := lines(form(t, text)); a == b {
			t.Errorf("%s makes no difference:\n%s", what, a)
		}
	}
}

// Payload of both ends that crosses on the wire interleaves by luck.
func TestCrossingPayload(t *testing.T) {
	const open = `
0.000000 C > S S  0:0(0) win 64240 <mss 1460>
0.000010 S > C S. 0:0(0) ack 1 win 65160 <mss 1460>
0.000020 C > S .  1:1(0) ack 1 win 502
`
	a := form(t, open+`
0.000030 C > S P. 1:4(3) ack 1 win 502 "one"
0.000040 S > C P. 1:4(3) ack 1 win 502 "ONE"
0.000050 C > S P. 4:7(3) ack 4 win 502 "two"
`)
	b := form(t, open+`
0.000030 S > C P. 1:4(3) ack 1 win 502 "ONE"
0.000040 C > S P. 1:7(6) ack 1 win 502 "onetwo"
`)
	if lines(a) != lines(b) {
		t.Errorf("crossing payload:\n%s\n\n%s", lines(a), lines(b))
	}
}

// With the calls at hand it is known whether the order of two closes is the programs' doing.
func TestWhoClosedFirst(t *testing.T) {
	const calls = `
0.000000 client connect(3, S) = 0 ... 0.000020
0.000000 server accept(3, C) = 4 ... 0.000030
0.000290 client close(3) = 0 ... 0.000310
0.000390 server close(4) = 0 ... 0.000410
`
	if f := form(t, base+calls); f.Connections[0].Close.By != "either" || f.Connections[0].State.Client != "" {
		t.Errorf("nobody waited for the other, and yet: %+v", f.Connections[0].Close)
	}
	const waits = `
0.000320 server recv(4, 100, 0) = 0 ... 0.000330
`
	if f := form(t, base+calls+waits); f.Connections[0].Close.By != "client" {
		t.Errorf("the server waited for the client's end, and yet: %+v", f.Connections[0].Close)
	}
}

func TestClass(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "immediate", 149 * time.Millisecond: "immediate", 205 * time.Millisecond: "some 100 ms", time.Second: "about 1 s",
		1040 * time.Millisecond: "about 1 s", 2100 * time.Millisecond: "about 2 s", 4 * time.Second: "about 4 s", 33 * time.Second: "about 32 s",
		1<<63 - 1: "about 8589934592 s",
	} {
		if got := canon.Class(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}

// Timers that a busy machine lets run out late are the same back-off; another back-off is another.
func TestLateTimersAreNoDifference(t *testing.T) {
	syns := func(second, third string) string {
		return lines(form(t, "C 10.0.0.1:40000\nS 10.0.0.2:80\n0.000000 client connect(S) = -1 ETIMEDOUT ... 9.000000\n"+
			"0.000010 C > S S 0:0(0) win 64240\n"+second+" C > S S 0:0(0) win 64240\n"+third+" C > S S 0:0(0) win 64240\n"))
	}
	want := syns("1.01", "2.03")
	if !strings.Contains(want, "C SYN [about 1 s, about 1 s]") {
		t.Errorf("a SYN that is repeated each second:\n%s", want)
	}
	for _, late := range [][2]string{{"1.6", "2.2"}, {"1.02", "2.6"}, {"1.7", "2.7"}} {
		if got := syns(late[0], late[1]); got != want {
			t.Errorf("repeated after %s and %s s:\n%s", late[0], late[1], got)
		}
	}
	for _, other := range [][2]string{{"1.01", "3.02"}, {"0.3", "0.6"}} {
		if got := syns(other[0], other[1]); got == want {
			t.Errorf("repeated after %s and %s s, and no difference is seen", other[0], other[1])
		}
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"Sat Nov 21 04:20:45 2026\r\n":          "Xxx Xxx 00 00:00:00 0000\r\n",
		"Sun Nov  1 04:20:45 2026":              "Xxx Xxx  0 00:00:00 0000",
		"Date: Sat, 21 Nov 2026 04:20:45 GMT":   "Date: Xxx, 00 Xxx 0000 00:00:00 GMT",
		`{"at":"2026-11-21T04:20:45.123Z"}`:     `{"at":"0000-00-00T00:00:00.000Z"}`,
		"at 04:20:45":                           "at 00:00:00",
		"no clock: 12:345, 1234:56:789, Nov 21": "no clock: 12:345, 1234:56:789, Nov 21",
	} {
		if got := string(canon.Mask([]byte(in))); got != want || len(got) != len(in) {
			t.Errorf("%q is masked %q, want %q", in, got, want)
		}
	}
}

// Names that are keys for others do not change unnoticed.
func TestFormIsJSON(t *testing.T) {
	data, err := json.Marshal(form(t, base))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{`"schema":"tcplab.canonical/1"`, `"client":"C:c1"`, `"server":"S:8080"`, `"time_wait":"client"`, `"bytes_to_server":10`} {
		if !strings.Contains(string(data), key) {
			t.Errorf("%s is not in %s", key, data)
		}
	}
}

// What is shared has the same form, gives nothing away, and shared again is what it was.
func TestShareable(t *testing.T) {
	r := read(t, strings.Replace(luck, "0.070000 S > C P.", "0.570000 S > C P.", 1))
	shared := canon.Shareable(r)
	text, err := json.Marshal(shared)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"10.1.2", "51234", "4000000", "23:59:59", "MjM6NTk6NTk"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
	c := shared.Connections[0]
	if c.Client.Addr != "192.0.2.2" || c.Server.Port != 8080 || c.Segments[0].SeqRaw == 0 || c.Segments[1].AckRaw != c.Segments[0].SeqRaw+1 {
		t.Errorf("%+v", c)
	}
	again := canon.Shareable(shared).Connections[0]
	for i, s := range again.Segments {
		if s.Time != c.Segments[i].Time && s.Time > c.Segments[i].Time+report.Seconds(20*time.Millisecond) {
			t.Errorf("segment %d at %v is shared again at %v", i, c.Segments[i].Time, s.Time)
		}
		s.Time = c.Segments[i].Time
		if !reflect.DeepEqual(s, c.Segments[i]) {
			t.Errorf("segment %d: %+v is shared again as %+v", i, c.Segments[i], s)
		}
	}
}

// A number that happens to equal a process number stays what it is.
func TestNumbersThatAreNoPids(t *testing.T) {
	end := time.Unix(1, 0)
	r := &report.Report{
		Actors: []report.Actor{{Name: "client", PID: 1024}},
		Calls: []report.Call{
			{Number: 1, Actor: "client", Op: "recv", Args: `3, "", 1024, 0`, Result: "0", End: &end},
			{Number: 2, Actor: "client", Op: "kill", Args: `1024, SIGKILL`, Result: "0", End: &end},
		},
	}
	got := canon.Of(r).Actors[0].Calls
	if !strings.Contains(got[0], "1024") || strings.Contains(got[1], "1024") || !strings.Contains(got[1], "pid") {
		t.Errorf("%q", got)
	}
}
