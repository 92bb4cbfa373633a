package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcplab/analyze/render"
	"tcplab/capture"
	"tcplab/capture/pcapfile"
	"tcplab/session"
)

// A run and what is read back from its bundle are the same report, in every format, every time.
func TestReplayIsTheSameReport(t *testing.T) {
	needs(t, "capture")
	asks := [][]string{{"--width", "140", "--raw", "--options"}, {"--format", "json", "--segments"}}
	for _, format := range render.Names() {
		asks = append(asks, []string{"--format", format})
	}
	for _, scenario := range []string{"hello", "closed-port", "rst-unread"} {
		for _, ask := range asks {
			dir := filepath.Join(t.TempDir(), "bundle")
			_, live, errs := invoke(t, append([]string{"trace", scenario, "--iface", "lo", "--port", "0", "--save", dir}, ask...)...)
			if live == "" {
				t.Fatalf("trace %s: %s", scenario, errs)
			}
			for range 2 {
				if status, replayed, errs := invoke(t, append([]string{"analyze", dir}, ask...)...); status != 0 || replayed != live {
					t.Errorf("%s %q: status %d, %s; live:\n%s\nreplayed:\n%s", scenario, ask, status, errs, live, replayed)
				}
			}
		}
	}
}

// What the report stands on is what was on the wire: a tcpdump running beside captured the same frames.
func TestFramesEqualTcpdump(t *testing.T) {
	needs(t, "capture")
	needs(t, "tcpdump")
	for _, scenario := range []string{"hello", "closed-port"} {
		port, err := session.FreePort(netip.MustParseAddr("127.0.0.1"))
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "bundle")
		var status int
		var errs string
		beside := tcpdumpBeside(t, fmt.Sprintf("tcp port %d", port), func() (frames int) {
			status, _, errs = invoke(t, "trace", scenario, "--iface", "lo", "--port", fmt.Sprint(port), "--save", dir)
			return len(framesOf(t, filepath.Join(dir, "frames.pcapng")))
		})
		ours := framesOf(t, filepath.Join(dir, "frames.pcapng"))
		if status != 0 || len(ours) == 0 {
			t.Fatalf("%s: status %d, %d frames, %s", scenario, status, len(ours), errs)
		}
		if !slices.EqualFunc(ours, beside, bytes.Equal) {
			t.Errorf("%s: we captured %d frames, tcpdump %d, or they differ", scenario, len(ours), len(beside))
		}
	}
}

// tcpdumpBeside runs tcpdump on lo while traffic runs, lets it write as many frames as traffic returns, and reads them.
func tcpdumpBeside(t *testing.T, filter string, traffic func() int) [][]byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "beside.pcap")
	cmd := exec.Command("tcpdump", "-i", "lo", "--immediate-mode", "-U", "-w", file, "-Z", "root", filter)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	words := bufio.NewScanner(stderr)
	for words.Scan() && !strings.Contains(words.Text(), "listening on") {
	}
	want := traffic()
	eventually(t, "tcpdump has written the frames", func() bool { return len(framesOf(t, file)) >= want })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for words.Scan() {
	}
	cmd.Wait()
	return framesOf(t, file)
}

// framesOf returns the frames of a capture file as far as it has been written.
func framesOf(t *testing.T, path string) [][]byte {
	t.Helper()
	src, err := pcapfile.Open(path)
	if err != nil {
		return nil
	}
	defer src.Close()
	var frames [][]byte
	for f := new(capture.Frame); src.Next(f) == nil; {
		frames = append(frames, bytes.Clone(f.Data))
	}
	return frames
}
