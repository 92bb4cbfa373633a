package main

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// repetitions is how often a scenario is run to show that its canonical report never changes: TCPLAB_RUNS, else 20.
func repetitions() int {
	if n, err := strconv.Atoi(os.Getenv("TCPLAB_RUNS")); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return 5
	}
	return 20
}

// Every run of a scenario has the same canonical report, to the byte, and so has its replay: one sha256.
func TestCanonicalReportIsAlwaysTheSame(t *testing.T) {
	needs(t, "capture")
	for _, name := range []string{"hello", "closed-port", "rst-unread", "server-closes-first", "half-close-four-way", "refused-loopback-bind"} {
		sums := map[[32]byte]string{}
		for i := range repetitions() {
			dir := filepath.Join(t.TempDir(), "run")
			status, live, errs := invoke(t, "trace", name, "--iface", "lo", "--port", "0", "--canonical", "--save", dir)
			if status != 0 {
				t.Fatalf("%s, run %d: status %d, %s", name, i, status, errs)
			}
			sums[sha256.Sum256([]byte(live))] = live
			_, replayed, _ := invoke(t, "analyze", dir, "--canonical")
			sums[sha256.Sum256([]byte(replayed))] = replayed
			if len(sums) > 1 {
				break
			}
		}
		if len(sums) != 1 {
			for _, text := range sums {
				t.Errorf("%s:\n%s", name, text)
			}
		}
	}
}
