package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcplab/capture"
	"tcplab/capture/pcapfile"
	"tcplab/capture/shapes"
)

// stored is all that a capture file holds.
type stored struct {
	section pcapfile.Section
	ifaces  []pcapfile.Interface
	frames  []capture.Frame
}

func readStored(t *testing.T, path string) (s stored, ok bool) {
	t.Helper()
	src, err := pcapfile.Open(path)
	if err != nil {
		return s, false
	}
	defer src.Close()
	for f := (capture.Frame{}); src.Next(&f) == nil; {
		f.Data, f.Comments = bytes.Clone(f.Data), slices.Clone(f.Comments)
		s.frames = append(s.frames, f)
	}
	s.section, s.ifaces = src.Section(), src.Interfaces()
	return s, true
}

// Annotating real captures leaves bytes, times, interfaces and comments as they are, and adds at most one comment.
func TestAnnotateChangesNothingElse(t *testing.T) {
	dir := capturesDir()
	if dir == "" {
		t.Skip("no collection of captures beside the repository")
	}
	annotated := 0
	for _, pattern := range []string{"*/*.pcapng", "*/*/*.pcapng", "tcpdump/*.pcap", "*/*/*/many_interfaces*.pcapng"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, path := range files[:min(len(files), 25)] {
			before, ok := readStored(t, path)
			if info, err := os.Stat(path); !ok || len(before.frames) == 0 || err != nil || info.Size() > 2<<20 {
				continue
			}
			out := filepath.Join(t.TempDir(), "noted.pcapng")
			if _, _, errs := invoke(t, "analyze", path, "--annotate", out); errs != "" {
				continue // damaged inputs are other tests' matter
			}
			after, _ := readStored(t, out)
			sameBut(t, path, before, after)
			annotated++
		}
	}
	if annotated < 10 {
		t.Errorf("only %d captures were annotated", annotated)
	}
}

func sameBut(t *testing.T, path string, before, after stored) {
	t.Helper()
	if before.section != after.section || len(before.frames) != len(after.frames) || len(before.ifaces) != len(after.ifaces) {
		t.Errorf("%s: %+v, %d frames, %d interfaces became %+v, %d, %d", path, before.section, len(before.frames), len(before.ifaces),
			after.section, len(after.frames), len(after.ifaces))
		return
	}
	for i, a := range before.frames {
		b := after.frames[i]
		if !bytes.Equal(a.Data, b.Data) || a.Time != b.Time || a.Iface != b.Iface || a.Link != b.Link || a.WireLen != b.WireLen {
			t.Errorf("%s: frame %d changed", path, a.Number)
		}
		if len(b.Comments) > len(a.Comments)+1 || !slices.Equal(a.Comments, b.Comments[:len(a.Comments)]) {
			t.Errorf("%s: frame %d: comments %q became %q", path, a.Number, a.Comments, b.Comments)
		}
	}
	for i, a := range before.ifaces {
		if b := after.ifaces[i]; a.Name != b.Name || a.Link != b.Link || a.Filter != b.Filter || a.Dropped != b.Dropped || a.SnapLen != b.SnapLen {
			t.Errorf("%s: interface %+v became %+v", path, a, b)
		}
	}
}

// To tshark the annotated packets are those of before: times, lengths, interfaces and every byte; but for a comment more.
func TestAnnotatedIsTheSameToWireshark(t *testing.T) {
	needs(t, "tshark")
	for _, name := range []string{"hello", "closed-port", "loss-fast-retransmit", "happy-eyeballs-loser", "icmp-on-established"} {
		before, out := filepath.Join("..", "..", "pcaps", name, "frames.pcapng"), filepath.Join(t.TempDir(), "noted.pcapng")
		if status, _, errs := invoke(t, "analyze", filepath.Dir(before), "--annotate", out); status != exitDone {
			t.Fatalf("%s: status %d, %s", name, status, errs)
		}
		read := func(path string, args ...string) string {
			text, err := exec.Command("tshark", append([]string{"-n", "-r", path}, args...)...).Output()
			if err != nil {
				t.Fatalf("tshark %s: %v", path, err)
			}
			return string(text)
		}
		for _, args := range [][]string{{"-x"}, {"-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len", "-e", "frame.interface_name",
			"-e", "frame.interface_description", "-e", "frame.encap_type", "-e", "_ws.col.Info"}} {
			if diff := cmp.Diff(read(before, args...), read(out, args...)); diff != "" {
				t.Errorf("%s: tshark %q (-before +after):\n%s", name, args, diff)
			}
		}
		if !strings.Contains(read(out, "-T", "fields", "-e", "frame.comment"), "tcplab: connection 0, ") {
			t.Errorf("%s: tshark shows no comment", name)
		}
	}
}

// Of a capture of more connections than are held the remarks are made while it is read: each frame has those that it has when the
// whole report is held, but for what only later connections could have told.
func TestAnnotateStreams(t *testing.T) {
	shape, err := shapes.Find("refused")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in, streamed, held := filepath.Join(dir, "in.pcap"), filepath.Join(dir, "streamed.pcapng"), filepath.Join(dir, "held.pcapng")
	f, err := os.Create(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(shape.Write(f, 2*fewConnections+2000), f.Close()); err != nil {
		t.Fatal(err)
	}
	status, plain, _ := invoke(t, "analyze", in)
	if got, out, errs := invoke(t, "analyze", in, "--annotate", streamed); got != status || out != plain {
		t.Errorf("with --annotate the report is another one: status %d, %s", got, errs)
	}
	invoke(t, "analyze", in, "--annotate", held, "--fail-on", "exit") // which has to judge the whole report
	before, _ := readStored(t, in)
	a, _ := readStored(t, streamed)
	b, ok := readStored(t, held)
	if !ok || len(a.frames) != len(b.frames) {
		t.Fatalf("%d and %d frames", len(a.frames), len(b.frames))
	}
	sameBut(t, in, before, a)
	for i := range a.frames {
		if len(a.frames[i].Comments) != 1 || len(b.frames[i].Comments) != 1 {
			t.Fatalf("frame %d has the comments %q, and %q of the whole report", i+1, a.frames[i].Comments, b.frames[i].Comments)
		}
		x, _, _ := strings.Cut(a.frames[i].Comments[0], "\nfinding: ")
		y, _, _ := strings.Cut(b.frames[i].Comments[0], "\nfinding: ")
		if x != y || !strings.HasPrefix(x, "tcplab: connection ") || !strings.Contains(a.frames[i].Comments[0], "\nfinding: ") {
			t.Fatalf("frame %d: %q, and %q of the whole report", i+1, a.frames[i].Comments[0], b.frames[i].Comments[0])
		}
	}
}
