package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tcplab/capture"
)

// writeNG writes frames as a pcapng file of one Ethernet interface.
func writeNG(t testing.TB, path string, list []capture.Frame) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := NewWriter(out, Section{})
	w.AddInterface(Interface{Name: filepath.Base(path), Link: capture.LinkEthernet})
	for i := range list {
		if err := w.WriteFrame(&list[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// numbered returns n frames a second apart, whose data is their number.
func numbered(n int) []capture.Frame {
	list := make([]capture.Frame, n)
	for i := range list {
		data := fmt.Append(nil, i)
		list[i] = capture.Frame{Time: capture.Stamp(i) * 1e9, Link: capture.LinkEthernet, Data: data, WireLen: uint32(len(data))}
	}
	return list
}

// The files of a rotated capture join, given in any order; only one of them is open at a time.
func TestRotatedFilesJoin(t *testing.T) {
	list := numbered(100)
	var paths []string
	for i := 0; i < 100; i += 10 {
		paths = append(paths, filepath.Join(t.TempDir(), "part"))
		writeNG(t, paths[len(paths)-1], list[i:i+10])
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	src, err := OpenAll(paths...)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for f, want := (capture.Frame{}), 0; ; want++ {
		err := src.Next(&f)
		if err == io.EOF && want == 100 {
			break
		}
		if err != nil || string(f.Data) != fmt.Sprint(want) || int(f.Number) != want+1 {
			t.Fatalf("frame %d: %q, %v", f.Number, f.Data, err)
		}
		open := 0
		for _, in := range src.(*merged).inputs {
			if r, ok := in.source.(*Reader); ok && len(r.closes) > 0 {
				open++
			}
		}
		if open > 1 {
			t.Fatalf("frame %d: %d files are open", f.Number, open)
		}
	}
	if s := src.Stats(); s.Packets != 100 || s.Offset != s.Size || s.Format != "pcapng" || !strings.Contains(s.Path, paths[3]+", "+paths[4]) {
		t.Errorf("stats %+v", s)
	}
}

// Captures of several places interleave as mergecap does it.
func TestMergeIsThatOfMergecap(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	parts := make([][]capture.Frame, 3)
	for _, f := range numbered(300) {
		i := random.IntN(3)
		parts[i] = append(parts[i], f)
	}
	var paths []string
	for i := range parts {
		paths = append(paths, filepath.Join(t.TempDir(), fmt.Sprint("if", i)))
		writeNG(t, paths[i], parts[i])
	}
	joined := filepath.Join(t.TempDir(), "joined")
	if out, err := exec.Command(tool(t, "mergecap"), append([]string{"-F", "pcapng", "-w", joined}, paths...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	theirs, err := Open(joined)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	ours, err := OpenAll(paths...)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	var a, b capture.Frame
	for n := 1; ; n++ {
		errA, errB := ours.Next(&a), theirs.Next(&b)
		if errA == io.EOF && errB == io.EOF {
			break
		}
		ifaces := ours.(interface{ Interfaces() []Interface }).Interfaces()
		if errA != nil || errB != nil || string(a.Data) != string(b.Data) || a.Time != b.Time || ifaces[a.Iface].Name != theirs.Interfaces()[b.Iface].Name {
			t.Fatalf("frame %d: %q of %v (%v), mergecap %q of interface %d (%v)", n, a.Data, ifaces, errA, b.Data, b.Iface, errB)
		}
	}
}

// A capture that is cut does not end the others; its error comes last.
func TestMergeKeepsWhatIsWhole(t *testing.T) {
	var sources []capture.Source
	for _, cut := range []int{5, 0} {
		data := generate(t, 3, magicNano)
		r, err := New(bytes.NewReader(data[:len(data)-cut]), fmt.Sprint("file", cut), 0)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, r)
	}
	src := Merge(sources...)
	got := show(src)
	order := regexp.MustCompile(`EN10MB/\d`).FindAllString(got, -1)
	if want := []string{"EN10MB/0", "EN10MB/1", "EN10MB/0", "EN10MB/1", "EN10MB/1"}; !slices.Equal(order, want) {
		t.Errorf("equal times in the order %v, want %v", order, want)
	}
	if n := strings.Count(got, "EN10MB"); n != 5 || !strings.Contains(got, "file5: cut inside") || !strings.Contains(got, ": 5 of its ") {
		t.Errorf("%d frames: %s", n, got)
	}
	var f capture.Frame
	if err := src.Next(&f); !errors.Is(err, io.ErrUnexpectedEOF) || !src.Stats().Truncated {
		t.Errorf("%v, %+v", err, src.Stats())
	}
}

func TestOpenAllSaysWhichFile(t *testing.T) {
	good, bad := filepath.Join(t.TempDir(), "good"), filepath.Join(t.TempDir(), "bad")
	writeNG(t, good, numbered(3))
	if _, err := OpenAll(good, bad); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), bad) {
		t.Errorf("%v", err)
	}
}
