package analyze_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

const vantages = "testdata/kernel/said.md"

// One incident looks different from the client, from the server and from between them, and none may name a cause loudly that
// is not so. The captures were made by tcpdump on Linux 6.18, with the client and the server of each incident in network
// namespaces and a router, or a forwarder that drops, delays or forges, between; nothing else is known of them.
// make diagnosis-matrix writes the table anew.
func TestEveryVantageIsJudgedAsWanted(t *testing.T) {
	paths, err := filepath.Glob("testdata/kernel/*.pcap")
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	var b strings.Builder
	b.WriteString("# What is said of one incident from each side\n\nMade by `make diagnosis-matrix` from the captures beside it, of packets and nothing else. `*` is a note.\n\n" +
		"| incident | captured at the | said |\n| --- | --- | --- |\n")
	for _, path := range paths {
		name, at, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".pcap"), ".")
		r := recorded{name: name, frames: framesOf(t, path)}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, at, said(r.findings(t)))
	}
	if *writeMatrix {
		if err := os.WriteFile(vantages, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(vantages)
	if err != nil {
		t.Fatal(err)
	}
	was := strings.Split(string(kept), "\n")
	for i, line := range strings.Split(b.String(), "\n") {
		if i >= len(was) || line != was[i] {
			t.Fatalf("%s line %d is not current: make diagnosis-matrix, and read the difference; now\n%s", vantages, i+1, line)
		}
	}
}

// framesOf reads a capture file into memory.
func framesOf(t *testing.T, path string) []capture.Frame {
	t.Helper()
	src, err := pcapfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var list []capture.Frame
	var f capture.Frame
	for src.Next(&f) == nil {
		f.Data = bytes.Clone(f.Data)
		list = append(list, f)
	}
	return list
}
