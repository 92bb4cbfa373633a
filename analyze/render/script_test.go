package render_test

import (
	"bytes"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/render"
	"tcplab/analyze/report"
	"tcplab/capture"
	"tcplab/capture/script"
)

// replay analyzes a script.
func replay(t *testing.T, text string) *report.Report {
	t.Helper()
	s, err := script.Parse("test", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	r, err := analyze.Run(t.Context(), analyze.Input{Source: s.Source(), Calls: s.Calls, Facts: s.Facts, About: &capture.About{Kernel: "Linux"}}, analyze.Options{Segments: true, Payload: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func printed(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := render.Script.Write(&b, r, render.Options{Conn: -1}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// scripts are incidents whose printed form must be read back as the same incident.
var scripts = map[string]string{
	"refused": `
0.000000 client connect(S) = -1 ECONNREFUSED ... 0.000041
0.000009 C > S  S  0:0(0) win 65495 <mss 65495,sackOK,TS val 1 ecr 0,nop,wscale 7>
0.000018 S > C  R. 0:0(0) ack 1 win 0
`,
	"exchange over the wrap": `
C 10.0.0.1:40000 ttl 63 isn 4294967290
S 10.0.0.2:80 isn 7
0.000000 C > S  S   0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>
0.010000 S > C  S.  0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 9 ecr 1,nop,wscale 7>
0.010050 C > S  .   1:1(0) ack 1 win 502 <nop,nop,TS val 2 ecr 9>
0.010100 C > S  P.  1:12(11) ack 1 win 502 <nop,nop,TS val 2 ecr 9> "a \"#\" \n\x00b"
0.210100 C > S  P.  1:12(11) ack 1 win 502 <nop,nop,TS val 3 ecr 9> "a \"#\" \n\x00b"
0.220000 S > C  .   1:1(0) ack 12 win 509 <nop,nop,TS val 10 ecr 3,nop,nop,sack 1 {1:12}>
0.300000 C > S  F.  12:12(0) ack 1 win 502
0.310000 S > C  F.  1:1(0) ack 13 win 509
0.310050 C > S  .   13:13(0) ack 2 win 502
`,
	"from the middle, IPv6": `
C [2001:db8::1]:40000
S [2001:db8::2]:80
0.000000 C > S  P.  3000000000:3000000005(5) ack 77 win 502 "hello"
0.010000 S > C  .   77:77(0) ack 3000000005 win 509
`,
	"two clients, ports used again": `
C 10.0.0.1:40000 isn 100
C2 10.0.0.3:40000 isn 5
S 10.0.0.2:80 isn 900
0.000000 C > S  S   0:0(0) win 64240
0.000100 S > C  R.  0:0(0) ack 1 win 0
0.100000 C2 > S  S  0:0(0) win 64240
0.100100 S > C2  R. 0:0(0) ack 1 win 0
60.000000 C > S  S  0:0(0) win 64240 isn 777777
60.000100 S > C  R. 0:0(0) ack 1 win 0
`,
}

// What is printed, read and printed again is the same text, and the same analysis.
func TestScriptRoundTrip(t *testing.T) {
	for name, text := range scripts {
		first := replay(t, text)
		once := printed(t, first)
		second := replay(t, once)
		if twice := printed(t, second); twice != once {
			t.Errorf("%s: printed\n%s\nprinted again\n%s", name, once, twice)
		}
		for _, r := range []*report.Report{first, second} {
			r.Input.Path, r.Input.Bytes = "", 0
		}
		var a, b bytes.Buffer
		for r, w := range map[*report.Report]*bytes.Buffer{first: &a, second: &b} {
			if err := render.JSON.Write(w, r, render.Options{Conn: -1, Segments: true}); err != nil {
				t.Fatal(err)
			}
		}
		if a.String() != b.String() {
			t.Errorf("%s: %s\nis analyzed otherwise than what was read: %s", name, once, firstDifference(a.String(), b.String()))
		}
	}
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-200)
	return a[from:min(len(a), i+120)] + "\n--- and ---\n" + b[from:min(len(b), i+120)]
}
