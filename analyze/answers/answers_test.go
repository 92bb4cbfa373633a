package answers_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze"
	"tcplab/analyze/answers"
	"tcplab/analyze/report"
	"tcplab/capture/script"
)

// upload is the transfer whose numbers Kurose's lab publishes, rebuilt from them: sequence numbers, times and lengths of
// the first six data segments, with ACKs after the published round trips.
const upload = `
C 192.168.1.102:1161 isn 232129012
S 128.119.245.12:80 isn 883061785
0.000000 C > S S  0:0(0) win 16384 <mss 1460,nop,nop,sackOK>
0.023172 S > C S. 0:0(0) ack 1 win 5840 <mss 1460,nop,nop,sackOK>
0.023265 C > S .  1:1(0) ack 1 win 17520
0.026477 C > S P. 1:566(565) ack 1 win 17520 "POST /ethereal-labs/lab3-1-reply.htm HTTP/1.1\r\n"
0.041737 C > S P. 566:2026(1460) ack 1 win 17520
0.053937 S > C .  1:1(0) ack 566 win 6780
0.054026 C > S .  2026:3486(1460) ack 1 win 17520
0.054690 C > S .  3486:4946(1460) ack 1 win 17520
0.077294 S > C .  1:1(0) ack 2026 win 8760
0.077405 C > S .  4946:6406(1460) ack 1 win 17520
0.078157 C > S .  6406:7866(1460) ack 1 win 17520
0.124085 S > C .  1:1(0) ack 3486 win 11680
0.169118 S > C .  1:1(0) ack 4946 win 14600
0.217299 S > C .  1:1(0) ack 6406 win 17520
0.267802 S > C .  1:1(0) ack 7866 win 20440
`

func read(t *testing.T, text string) *report.Report {
	t.Helper()
	s, err := script.Parse("test", text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := analyze.Run(context.Background(), analyze.Input{Source: s.Source()}, analyze.Options{Segments: true, Payload: 512, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sheet(t *testing.T, set, text string) map[string]answers.Answer {
	t.Helper()
	s, ok := answers.Lookup(set)
	if !ok {
		t.Fatalf("no set %s", set)
	}
	r := read(t, text)
	byID := map[string]answers.Answer{}
	for _, a := range s.Of(r, answers.Main(r)).Answers {
		byID[a.ID] = a
	}
	return byID
}

// The numbers that were published of the lab's own trace come out: round trips, and EstimatedRTT to the digits given.
func TestPublishedNumbers(t *testing.T) {
	a := sheet(t, "kurose-v7", upload)
	rows := strings.Split(a["7"].Answer, "\n")
	for i, want := range []struct {
		seq      int
		rtt, est string
	}{
		{1, "0.027460", "0.0275"}, {566, "0.035557", "0.0285"}, {2026, "0.070059", "0.0337"},
		{3486, "0.114428", "0.0438"}, {4946, "0.139894", "0.0558"}, {6406, "0.189645", "0.0725"},
	} {
		var seq, n int
		var sent, acked, rtt, est float64
		var frame int
		if _, err := fmt.Sscanf(rows[i], "%d: seq %d, sent %f s, acknowledged %f s in frame %d, RTT %f s, EstimatedRTT %f s", &n, &seq, &sent, &acked, &frame, &rtt, &est); err != nil {
			t.Fatalf("%q: %v", rows[i], err)
		}
		if seq != want.seq || fmt.Sprintf("%.6f", rtt) != want.rtt || fmt.Sprintf("%.4f", est) != want.est {
			t.Errorf("%s, want seq %d, RTT %s, EstimatedRTT %s", rows[i], want.seq, want.rtt, want.est)
		}
	}
	for id, want := range map[string]string{
		"1": "192.168.1.102, port 1161", "2": "128.119.245.12, port 80", "4": "232129012,", "5": "acknowledgement 232129013 = 232129012 + 1",
		"6": "1 relative", "9": "5840 bytes, advertised by the server; it throttled the sender: no", "10": "none",
	} {
		if !strings.Contains(a[id].Answer, want) {
			t.Errorf("%s: %q, want %q", id, a[id].Answer, want)
		}
	}
	if got := a["6"].Frames; !slices.Equal(got, []uint32{4}) {
		t.Errorf("the request is in frames %v", got)
	}
}

// ownCaptures are scripts that "tcplab trace --format script" printed; golden files hold all answers to them.
func TestGoldenAnswers(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.script")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range answers.Sets() {
			r := read(t, string(text))
			var b strings.Builder
			for _, a := range set.Of(r, answers.Main(r)).Answers {
				fmt.Fprintf(&b, "%s %s\n%s\nframes %v\nnote %s\n\n", a.ID, a.Question, a.Answer, a.Frames, a.Note)
			}
			golden := strings.TrimSuffix(path, ".script") + "." + set.Name + ".golden"
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || b.String() != string(want) {
				t.Errorf("%s: %v\n%s", golden, err, b.String())
			}
		}
	}
}

// What is missing is said, never guessed.
func TestMissingEvidence(t *testing.T) {
	const midstream = `
0.000 C > S P. 1:6(5) ack 1 win 502 "hello"
0.010 S > C .  1:1(0) ack 6 win 502
`
	kurose, vu := sheet(t, "kurose-v7", midstream), sheet(t, "vu-a2", midstream)
	for _, a := range []answers.Answer{kurose["1"], kurose["4"], kurose["5"], kurose["9"], kurose["13"], vu["1"], vu["2"], vu["7"]} {
		if a.Answer != answers.Unanswerable || a.Note == "" {
			t.Errorf("%s: %q, %q", a.ID, a.Answer, a.Note)
		}
	}
	if a := kurose["7"]; a.Answer == answers.Unanswerable {
		t.Errorf("the round trip can be seen, and yet: %+v", a)
	}
}

// An ACK that comes next need not be for the FIN: only one that covers it counts.
func TestFINsAreAcknowledgedByWhatCoversThem(t *testing.T) {
	a := sheet(t, "vu-a2", `
0.000 C > S S  0:0(0) win 64240 <mss 1460>
0.001 S > C S. 0:0(0) ack 1 win 65160 <mss 1460>
0.002 C > S .  1:1(0) ack 1 win 502
0.003 C > S P. 1:6(5) ack 1 win 502 "hello"
0.004 C > S F. 6:6(0) ack 1 win 502
0.005 S > C .  1:1(0) ack 6 win 502
0.006 S > C F. 1:1(0) ack 7 win 502
0.007 C > S .  7:7(0) ack 2 win 502
`)["7"]
	want := "frame 5: FIN of the client, acknowledged in frame 7 (ack 7)\nframe 7: FIN of the server, acknowledged in frame 8 (ack 2)"
	if a.Answer != want {
		t.Errorf("%s\nwant\n%s", a.Answer, want)
	}
}
