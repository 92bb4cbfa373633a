package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcplab/analyze/canon"
	"tcplab/session/scenario"
)

// repetitions is how often a scenario is run to show that its canonical report never changes: TCPLAB_RUNS, else a few
// times. "make canonical-soak" runs all of them 100 times.
func repetitions() int {
	if n, err := strconv.Atoi(os.Getenv("TCPLAB_RUNS")); err == nil && n > 0 {
		return n
	}
	return 2
}

// same are scenarios of every kind of luck: who is first, where a stream is cut, who of several is served, timers that
// run. With TCPLAB_RUNS it is all of them.
var same = []string{"hello", "closed-port", "rst-unread", "server-closes-first", "half-close-four-way", "refused-loopback-bind", "time",
	"simultaneous-close", "concurrency-3", "reuseport-split", "large-slow-reader", "nagle-stall", "timeout-backlog", "synack-lost-once",
	"loss-fast-retransmit", "injected-rst-in-window", "stopped-peer", "eof-sigkill"}

// Every run of a scenario, in each of its variants, has the same canonical report, to the byte, and so has its replay:
// one sha256.
func TestCanonicalReportIsAlwaysTheSame(t *testing.T) {
	needs(t, "capture")
	needs(t, "sealed")
	names := same
	if os.Getenv("TCPLAB_RUNS") != "" {
		names = nil
		for _, s := range scenario.All() {
			names = append(names, s.Name)
		}
	}
	for _, name := range names {
		s, err := scenario.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, variant := range append([]string{}, s.Variants...) {
			t.Run(name+" "+variant, func(t *testing.T) { alwaysTheSame(t, name, "--variant", variant) })
		}
		if len(s.Variants) == 0 {
			t.Run(name, func(t *testing.T) { alwaysTheSame(t, name) })
		}
	}
}

// alwaysTheSame runs a scenario. A run that did not go as designed, or did not end in time, is another exchange: it says so
// by its status, and is made again. The soak runs several scenarios at once: most of them wait, and a loaded machine is the harder test.
func alwaysTheSame(t *testing.T, name string, flags ...string) {
	if os.Getenv("TCPLAB_RUNS") != "" {
		t.Parallel()
	}
	forms, failed, first := map[string]int{}, 0, ""
	for i := 0; i < repetitions() && len(forms) < 4; {
		dir := filepath.Join(t.TempDir(), "run")
		status, live, errs := apart(t, append([]string{"trace", name, "--port", "0", "--canonical", "--timeout", "50s", "--save", dir}, flags...)...)
		if (status == exitFailed || status == exitIncomplete) && failed < 1+repetitions()/3 {
			failed++
			t.Logf("a run did not go as designed: %s", errs)
			continue
		}
		if status != 0 {
			t.Fatalf("run %d: status %d, %s", i, status, errs)
		}
		if _, replayed, _ := invoke(t, "analyze", dir, "--canonical"); replayed != live {
			t.Fatalf("run %d: the replay has another form (-live +replay):\n%s", i, cmp.Diff(live, replayed))
		}
		if i == 0 {
			first = live
		}
		forms[live]++
		i++
	}
	for form, count := range forms {
		if form != first {
			t.Errorf("%d runs have one form, %d another (-one +other):\n%s", forms[first], count, cmp.Diff(first, form))
		}
	}
	t.Logf("%d runs, %d forms, %d more did not go as designed; sha256 %x", repetitions(), len(forms), failed, sha256.Sum256([]byte(first)))
}

// apart runs the program as a process of its own, as people do: a relay that waits for another run's garbage collector is no cable.
func apart(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tcplab", args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// Where the programs force the shape of an exchange, the capture made of it to be shared is always the same too.
func TestCanonicalCaptureIsAlwaysTheSame(t *testing.T) {
	needs(t, "capture")
	needs(t, "sealed")
	for _, name := range []string{"hello", "half-close-four-way", "closed-port", "server-think-time", "time"} {
		t.Run(name, func(t *testing.T) {
			sums := map[[32]byte]bool{}
			for range repetitions() {
				path := filepath.Join(t.TempDir(), "share.pcapng")
				if status, _, errs := invoke(t, "trace", name, "--iface", "lo", "--canonical-pcap", path); status != 0 {
					t.Fatalf("status %d, %s", status, errs)
				}
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				sums[sha256.Sum256(data)] = true
			}
			if len(sums) != 1 {
				t.Errorf("%d captures of %d runs", len(sums), repetitions())
			}
		})
	}
}

// The form of a capture is written connection by connection, and is the form of the whole report.
func TestCanonicalFormIsWrittenAsItComes(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pcap")
	if err := os.WriteFile(empty, []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := []string{empty}
	for _, name := range []string{"hello", "concurrency-3", "closed-port", "loss-fast-retransmit", "icmp-errno-map", "odd-flag-probes", "udp-contrast"} {
		files = append(files, filepath.Join("..", "..", "pcaps", name, "frames.pcapng"))
	}
	for _, path := range files {
		r, err := load(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		var text, object bytes.Buffer
		form := canon.Of(r)
		if err := errors.Join(form.WriteText(&text), encodeJSON(&object, form)); err != nil {
			t.Fatal(err)
		}
		for format, want := range map[string]string{"text": text.String(), "json": object.String()} {
			if status, got, errs := invoke(t, "analyze", path, "--canonical", "--format", format); status != 0 || got != want {
				t.Errorf("%s as %s: status %d, %s (-whole +streamed):\n%s", path, format, status, errs, cmp.Diff(want, got))
			}
		}
	}
}
