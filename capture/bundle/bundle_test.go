package bundle

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tcplab/capture"
	"tcplab/capture/calls"
	"tcplab/capture/hostfacts"
)

// stream is a source of n frames that ends with err.
type stream struct {
	n, at int
	err   error
	links []capture.LinkType
}

func (s *stream) Next(f *capture.Frame) error {
	if s.at == s.n {
		return s.err
	}
	data := fmt.Append(nil, "frame ", s.at)
	link := s.links[s.at%len(s.links)]
	s.at++
	*f = capture.Frame{Number: uint32(s.at), Time: capture.Stamp(s.at) * 1e9, Link: link, WireLen: uint32(len(data)), Data: data, Comments: []string{"kept"}}
	return nil
}

func (s *stream) Stats() capture.Stats { return capture.Stats{} }
func (s *stream) Close() error         { return nil }

func ethernet(n int) *stream {
	return &stream{n: n, err: io.EOF, links: []capture.LinkType{capture.LinkEthernet}}
}

func sample() *Bundle {
	return &Bundle{
		About: capture.About{Schema: Schema, Tool: "tcplab 1.0", Kernel: "Linux 6.18", Iface: "lo", Filter: "tcp port 80", Dropped: 3,
			Scenario: capture.Scenario{Name: "closed-port", Params: map[string]string{"b": "2", "a": "1"}}},
		Calls: []calls.Call{{Number: 1, Actor: "client", Op: "connect", N: -1, Errno: syscall.ECONNREFUSED}},
		Facts: []hostfacts.Facts{
			{Host: "local", When: "before", Sysctls: map[string]string{"net.ipv4.tcp_syn_retries": "6"}},
			{Host: "local", When: "after", Counters: map[string]uint64{"TcpExt.ListenOverflows": 1}},
		},
	}
}

// files returns the contents of dir by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	contents := make(map[string]string)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		contents[e.Name()] = string(data)
	}
	return contents
}

// texts returns the data of the frames of b.
func texts(t *testing.T, b *Bundle) []string {
	t.Helper()
	src, err := b.Frames()
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var list []string
	for f := (capture.Frame{}); src.Next(&f) == nil; {
		list = append(list, fmt.Sprintf("%s %v/%d %v", f.Data, f.Link, f.Iface, f.Comments))
	}
	return list
}

func TestRoundTrip(t *testing.T) {
	dirs := []string{filepath.Join(t.TempDir(), "new", "deep"), t.TempDir()}
	for _, dir := range dirs {
		if err := Write(dir, sample(), ethernet(2)); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := files(t, dirs[0]), files(t, dirs[1]); !reflect.DeepEqual(a, b) || len(a) != 4 {
		t.Errorf("the same evidence gave different files:\n%v\n%v", a, b)
	}
	got, err := Read(dirs[0])
	if err != nil {
		t.Fatal(err)
	}
	want := sample()
	want.Dir = dirs[0]
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if got := texts(t, got); !slices.Equal(got, []string{"frame 0 EN10MB/0 [kept]", "frame 1 EN10MB/0 [kept]"}) {
		t.Errorf("frames %q", got)
	}
	src, err := got.Frames()
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for f := (capture.Frame{}); src.Next(&f) == nil; {
	}
	if s := src.Stats(); s.KernelDropped != 3 {
		t.Errorf("stats %+v", s)
	}
}

// Wireshark shows where the frames were captured, and how.
func TestInterfaceIsNamed(t *testing.T) {
	capinfos, err := exec.LookPath("capinfos")
	if err != nil {
		t.Skipf("needs capinfos as an oracle: %v", err)
	}
	dir := t.TempDir()
	if err := Write(dir, sample(), &stream{n: 4, err: io.EOF, links: []capture.LinkType{capture.LinkEthernet, capture.LinkRaw}}); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(capinfos, filepath.Join(dir, framesName)).Output()
	for _, want := range []string{"Name = lo", "Filter string = tcp port 80", "Number of interfaces in file: 2", "Capture application: tcplab 1.0", "Number of packets = 2"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%v: capinfos does not show %q:\n%s", err, want, out)
		}
	}
}

func TestEmptyRun(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, &Bundle{}, ethernet(0)); err != nil {
		t.Fatal(err)
	}
	b, err := Read(dir)
	if err != nil || len(b.Warnings) > 0 || len(b.Calls)+len(b.Facts) > 0 || len(texts(t, b)) > 0 {
		t.Errorf("%+v, %v", b, err)
	}
	if got := files(t, dir)[factsName]; got != "[]\n" {
		t.Errorf("facts %q", got)
	}
}

func TestReplacesABundleOnly(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []int{1, 3} {
		if err := Write(dir, sample(), ethernet(n)); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := Read(dir); err != nil || len(texts(t, b)) != 3 {
		t.Errorf("%v", err)
	}
	other := t.TempDir()
	thesis := filepath.Join(other, "thesis.tex")
	if err := os.WriteFile(thesis, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := other + ": holds other files and is no bundle; name a new or empty directory"
	if err := Write(other, sample(), ethernet(1)); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if got := files(t, other); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
	if err := Write(thesis, sample(), ethernet(1)); err == nil || !strings.Contains(err.Error(), thesis) {
		t.Errorf("a file in place of the directory: %v", err)
	}
}

// A capture that is cut is saved up to the cut, and the cut is told.
func TestSourceError(t *testing.T) {
	dir := t.TempDir()
	src := ethernet(2)
	src.err = io.ErrUnexpectedEOF
	if err := Write(dir, sample(), src); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	if b, err := Read(dir); err != nil || len(texts(t, b)) != 2 {
		t.Errorf("%v", err)
	}
}

func TestDiscardLeavesWhatWas(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, &capture.About{})
	if err != nil {
		t.Fatal(err)
	}
	w.Discard()
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
	if err := Write(dir, sample(), ethernet(2)); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	if w, err = Create(dir, &capture.About{}); err != nil {
		t.Fatal(err)
	}
	f := capture.Frame{Link: capture.LinkEthernet}
	if err := w.WriteFrame(&f); err != nil {
		t.Fatal(err)
	}
	w.Discard()
	if after := files(t, dir); !reflect.DeepEqual(before, after) {
		t.Errorf("changed from\n%v\nto\n%v", before, after)
	}
}

// What is missing or damaged costs itself and a warning.
func TestDamagedParts(t *testing.T) {
	tests := []struct {
		name, part, data, warning string // data "" removes the part
		calls, facts              int
	}{
		{"no calls", callsName, "", " is missing", 0, 2},
		{"calls cut", callsName, `{"number":1,"actor":"a","op":"b"}` + "\n{", ": line 2: unexpected end of JSON input; the 1 calls before it are used", 1, 2},
		{"no facts", factsName, "", " is missing", 1, 0},
		{"facts cut", factsName, `[{"host":"local"},{"ho`, ": snapshot 2: the file is cut: unexpected EOF; those before it are used", 1, 1},
		{"facts no list", factsName, `{}`, ": no list of snapshots", 1, 0},
		{"no about", aboutName, "", " is missing", 1, 2},
		{"about of a later version", aboutName, `{"schema":"tcplab.bundle/2"}`, `: schema "tcplab.bundle/2", this version knows "tcplab.bundle/1"`, 1, 2},
		{"no frames", framesName, "", " is missing", 1, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := Write(dir, sample(), ethernet(2)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, test.part)
			err := os.Remove(path)
			if test.data != "" {
				err = os.WriteFile(path, []byte(test.data), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			b, err := Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{path + test.warning}; !slices.Equal(b.Warnings, want) {
				t.Errorf("warnings %q, want %q", b.Warnings, want)
			}
			if len(b.Calls) != test.calls || len(b.Facts) != test.facts {
				t.Errorf("%d calls, %d facts; want %d, %d", len(b.Calls), len(b.Facts), test.calls, test.facts)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(dir); err == nil || Is(dir) || err.Error() != dir+": no bundle: neither frames.pcapng nor about.json is there" {
		t.Errorf("%v", err)
	}
	if _, err := Read(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// What a scripted cable did is kept beside the rest, and goes when a run without one replaces the bundle.
func TestFates(t *testing.T) {
	dir := t.TempDir()
	b := sample()
	b.Fates = []capture.Fate{{Number: 1, Dir: "c2s", Came: 5, Flags: "S", Seq: 7, Fate: "dropped", Rules: []string{"drop c2s syn once"}},
		{Number: 2, Dir: "s2c", Kind: "arp", Fate: "carried", Left: 9}}
	if err := Write(dir, b, ethernet(1)); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil || !reflect.DeepEqual(got.Fates, b.Fates) || len(got.Warnings) > 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	path := filepath.Join(dir, fatesName)
	if err := os.Truncate(path, int64(strings.Index(files(t, dir)[fatesName], "\n"))+3); err != nil {
		t.Fatal(err)
	}
	want := path + ": line 2: the file is cut: unexpected EOF; the fates before it are used"
	if got, err = Read(dir); err != nil || len(got.Fates) != 1 || !slices.Equal(got.Warnings, []string{want}) {
		t.Errorf("%d fates, %q, %v", len(got.Fates), got.Warnings, err)
	}
	if err := Write(dir, sample(), ethernet(1)); err != nil {
		t.Fatal(err)
	}
	if got, err = Read(dir); err != nil || got.Fates != nil || len(files(t, dir)) != 4 {
		t.Errorf("%+v, %v", got.Fates, err)
	}
}
