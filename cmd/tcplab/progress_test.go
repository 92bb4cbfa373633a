package main

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcplab/capture"
	"tcplab/capture/pcapfile"
)

// A fast capture says nothing; one that takes longer than a second says how far it is, and wipes the line at the end.
// The clock is ours: reading a real file, it advances with every look.
func TestProgressSpeaksAfterASecond(t *testing.T) {
	dir := capturesDir()
	if dir == "" {
		t.Skip("the collection of captures is not beside this repository")
	}
	for _, c := range []struct {
		perLook time.Duration
		speaks  bool
	}{{time.Microsecond, false}, {600 * time.Millisecond, true}} {
		var screen bytes.Buffer
		clock := time.Unix(0, 0)
		a := &app{env: env{err: &screen, errTTY: true, now: func() time.Time { clock = clock.Add(c.perLook); return clock }}}
		readAll(t, a, filepath.Join(dir, "zeek"))
		text := screen.String()
		if c.speaks != strings.Contains(text, " M packets, ") || c.speaks != strings.HasSuffix(text, "\r\x1b[K") {
			t.Errorf("with %v a look: %q", c.perLook, text)
		}
	}
}

// Without a terminal nothing stands between the source and its reader.
func TestNoProgressInAPipe(t *testing.T) {
	src := &frameSource{}
	if got := (&app{}).withProgress(src); got != capture.Source(src) {
		t.Errorf("%T", got)
	}
}

// readAll reads the captures below dir, in batches, under one progress line each.
func readAll(t *testing.T, a *app, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".pcap") {
			return err
		}
		src, err := pcapfile.Open(path)
		if err != nil {
			return nil // other tests look at what cannot be read
		}
		defer src.Close()
		watched := a.withProgress(src)
		for b := new(capture.Batch); capture.NextBatch(watched, b) == nil; {
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestProgressLine(t *testing.T) {
	s := capture.Stats{Packets: 3_000_000, Size: 4 << 30, Offset: 1 << 30}
	if got, want := progressLine(s, 2*time.Second), "3.0 M packets, 1.5 M/s, 25 %, 6s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s.Size = 0 // a pipe
	if got, want := progressLine(s, 2*time.Second), "3.0 M packets, 1.5 M/s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
