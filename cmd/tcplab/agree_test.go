package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcplab/analyze/report"
	"tcplab/pcaps"
)

// A kernel that tells another state than the packets is noticed, and a run with such a kernel does not count as designed.
func TestKernelAndPacketsMustAgree(t *testing.T) {
	for _, x := range []struct{ from, to, want string }{
		{"TIME-WAIT", "TIME-WAIT", ""},
		{"TIME-WAIT", "FIN-WAIT-2", "client: TIME-WAIT by the packets, FIN-WAIT-2 in its kernel"},
		{"TIME-WAIT", "LISTEN", "client: TIME-WAIT by the packets, LISTEN in its kernel"},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, pcaps.Cases); err != nil {
			t.Fatal(err)
		}
		facts := filepath.Join(dir, "hello", "facts.json")
		text, err := os.ReadFile(facts)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(facts, []byte(strings.ReplaceAll(string(text), `"`+x.from+`"`, `"`+x.to+`"`)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, out, errs := invoke(t, "analyze", filepath.Join(dir, "hello"), "--format", "json")
		found := false
		for _, e := range parseReport(t, out).Expectations {
			if strings.HasPrefix(e.Text, "the states at the end are those of the kernels' sockets") {
				found = true
				if e.Met != (x.want == "") || !strings.Contains(e.Text, x.want) {
					t.Errorf("%s for %s: %+v", x.to, x.from, e)
				}
			}
		}
		if !found {
			t.Errorf("nothing was compared: %s", errs)
		}
	}
}

// A kernel without a socket agrees with another state only where a call or a counter shows why it has none: without that the
// same evidence is a contradiction.
func TestKernelWithoutSocketNeedsReason(t *testing.T) {
	for _, x := range []struct{ name, file, from, to, want string }{
		{"timeout-drop", "calls.jsonl", `"errno":110,"error":"ETIMEDOUT"`, `"errno":111,"error":"ECONNREFUSED"`, "client: SYN-SENT by the packets"},
		{"timeout-drop", "calls.jsonl", `"n":-1,"errno":110,"error":"ETIMEDOUT"`, `"n":0`, "client: SYN-SENT by the packets"},
		{"cable-cut", "calls.jsonl", `"errno":110,"error":"ETIMEDOUT"`, `"errno":11,"error":"EAGAIN"`, "client: ESTABLISHED by the packets"},
		{"orphan-timeout", "facts.json", `TCPAbortOnTimeout": 1`, `TCPAbortOnTimeout": 0`, "client: FIN-WAIT-1 by the packets"},
		{"refused-reject-icmp", "calls.jsonl", `"errno":111,"error":"ECONNREFUSED"`, `"errno":104,"error":"ECONNRESET"`, "client: SYN-SENT by the packets"},
	} {
		t.Run(x.name+" "+x.want, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, pcaps.Cases); err != nil {
				t.Fatal(err)
			}
			if e := agreement(t, filepath.Join(dir, x.name)); !e.Met {
				t.Errorf("as it was: %s", e.Text)
			}
			path := filepath.Join(dir, x.name, x.file)
			text, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(text), x.from) {
				t.Fatalf("%q is not in %s, %v", x.from, path, err)
			}
			if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), x.from, x.to)), 0o600); err != nil {
				t.Fatal(err)
			}
			if e := agreement(t, filepath.Join(dir, x.name)); e.Met || !strings.Contains(e.Text, x.want) {
				t.Errorf("changed: %+v", e)
			}
		})
	}
}

// agreement is what the report of a bundle says of the kernels' states.
func agreement(t *testing.T, bundle string) report.Expectation {
	t.Helper()
	_, out, errs := invoke(t, "analyze", bundle, "--format", "json")
	for _, e := range parseReport(t, out).Expectations {
		if strings.HasPrefix(e.Text, "the states at the end are those of the kernels' sockets") {
			return e
		}
	}
	t.Fatalf("nothing was compared: %s", errs)
	return report.Expectation{}
}

// Runs are counted by how they ended, and none is lost.
func TestRepeatCountsEndings(t *testing.T) {
	needsLab(t)
	_, out, errs := invoke(t, "trace", "simultaneous-close", "--repeat", "3", "--format", "json")
	var all repetition
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%v: %s%s", err, out, errs)
	}
	if len(all.Endings) != 1 || all.Endings[0].Count != 3 || !strings.HasPrefix(all.Endings[0].Text, "simultaneous, both first (SF, ") || len(all.Took) != 4 || len(all.Failed) > 0 {
		t.Errorf("%+v", all)
	}
	if _, out, _ = invoke(t, "trace", "simultaneous-close", "--repeat", "2"); !strings.HasPrefix(out, "simultaneous-close, 2 runs\n") || !strings.Contains(out, "     2  simultaneous, both first") {
		t.Errorf("%s", out)
	}
	for _, args := range [][]string{{"--repeat", "0"}, {"--repeat", "2", "--save", "x"}, {"--repeat", "2", "--format", "svg"}} {
		if status, _, errs := invoke(t, append([]string{"trace", "hello"}, args...)...); status != exitUsage {
			t.Errorf("%v: status %d, %s", args, status, errs)
		}
	}
}
