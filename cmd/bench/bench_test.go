package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBench measures the real programs on small captures: every shape has a row, and nothing is left behind.
func TestBench(t *testing.T) {
	dir := t.TempDir()
	tcplab := filepath.Join(dir, "tcplab")
	if out, err := exec.Command("go", "build", "-o", tcplab, "tcplab/cmd/tcplab").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := os.Create(filepath.Join(dir, "table"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	captures := t.TempDir()
	b := bench{tcplab: tcplab, dir: captures, packets: 2000, rounds: 2}
	if err := b.run(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range []string{"short", "long", "refused", "mixed"} {
		if !strings.Contains(string(table), "\n| "+shape+" | 0.") {
			t.Errorf("no row for %s:\n%s", shape, table)
		}
	}
	if left, err := os.ReadDir(captures); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestMissingProgramsAreNamedByPackage(t *testing.T) {
	found, missing := installed([]program{{name: ours, args: []string{"/nonexistent"}}, {name: "peer", pkg: "peer-tools", args: []string{"/nonexistent"}}})
	if len(found) != 1 || len(missing) != 1 || missing[0] != "peer-tools" {
		t.Errorf("found %v, missing %v", found, missing)
	}
}

func TestFailedRunIsAnError(t *testing.T) {
	p := program{args: []string{"false", "FILE"}}
	if _, err := p.read(t.Context(), "capture.pcap"); err == nil || !strings.Contains(err.Error(), "capture.pcap") && !strings.Contains(err.Error(), "false") {
		t.Errorf("error %v", err)
	}
}

func TestStoppedProgramTakesMore(t *testing.T) {
	r := row{runs: map[string][]usage{ours: {{wall: 2, cpu: 1}}, listing: {{wall: 20, cpu: 5, more: true}}}}
	if got := r.ratio(listing, ours); got != "> 10 (5)" {
		t.Errorf("ratio %s", got)
	}
}

func TestMedian(t *testing.T) {
	r := row{runs: map[string][]usage{ours: {{wall: 5}, {wall: 1}, {wall: 3}}}}
	if m, ok := r.median(ours, wall); m != 3*time.Nanosecond || !ok {
		t.Errorf("median %v, %v", m, ok)
	}
	if _, ok := r.median(copying, wall); ok || r.ratio(ours, copying) != "–" {
		t.Error("a program that did not run has a median")
	}
}
