package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tcplab/capture"
)

// sampleFrames are frames with all that the Writer stores.
func sampleFrames() []capture.Frame {
	ethernet := make([]byte, 60)
	ethernet[12], ethernet[13] = 0x90, 0 // loopback test: no addresses to resolve
	return []capture.Frame{
		{Number: 1, Time: 1_700_000_000_123_456_789, Link: capture.LinkEthernet, WireLen: 1514, Data: ethernet},
		{Number: 2, Time: 1_700_000_001_000_000_001, Link: capture.LinkRaw, Iface: 1, WireLen: 3, Data: []byte("abc"), Comments: []string{"refused here", "ü"}},
		{Number: 3, Time: 1_700_000_002_000_000_000, Link: capture.LinkEthernet, WireLen: 0, Data: nil, Comments: []string{""}},
	}
}

// writeSample writes sampleFrames to a file and returns its bytes.
func writeSample(t *testing.T) (string, []byte) {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, Section{Comment: "lab 3", Hardware: "a desk", OS: "Linux 6.18", Application: "tcplab 1.0"})
	w.AddInterface(Interface{Name: "lo", Description: "loopback", Filter: "tcp port 80", OS: "Linux 6.18", Link: capture.LinkEthernet, SnapLen: 262144, FCS: 4})
	w.AddInterface(Interface{Name: "tun0", Link: capture.LinkRaw})
	for _, f := range sampleFrames() {
		if err := w.WriteFrame(&f); err != nil {
			t.Fatal(err)
		}
	}
	w.SetDropped(0, 7)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sample.pcapng")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, out.Bytes()
}

func TestWriterRoundTrip(t *testing.T) {
	path, data := writeSample(t)
	if _, again := writeSample(t); !bytes.Equal(data, again) {
		t.Error("the same frames gave different bytes")
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, want := show(r), show(&frames{list: sampleFrames()}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := r.Section(), (Section{Comment: "lab 3", Hardware: "a desk", OS: "Linux 6.18", Application: "tcplab 1.0"}); got != want {
		t.Errorf("section %+v, want %+v", got, want)
	}
	want := Interface{Name: "lo", Description: "loopback", Filter: "tcp port 80", OS: "Linux 6.18", Link: capture.LinkEthernet, SnapLen: 262144, Resolution: 9, FCS: 4, Dropped: 7}
	if got := r.Interfaces()[0]; got != want {
		t.Errorf("interface %+v, want %+v", got, want)
	}
	if s := r.Stats(); s.KernelDropped != 7 {
		t.Errorf("stats %+v", s)
	}
}

// Wireshark reads what the Writer writes, and shows it.
func TestWriterOfTshark(t *testing.T) {
	path, _ := writeSample(t)
	out, err := exec.Command(tool(t, "tshark"), "-n", "-r", path, "-T", "fields", "-E", "separator=/s", "-E", "occurrence=a",
		"-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len", "-e", "frame.interface_name", "-e", "frame.comment").Output()
	want := "1700000000.123456789 1514 60 lo \n1700000001.000000001 3 3 tun0 refused here,ü\n1700000002.000000000 0 0 lo \n"
	if err != nil || string(out) != want {
		t.Errorf("%v; got\n%swant\n%s", err, out, want)
	}
	out, err = exec.Command(tool(t, "capinfos"), path).Output()
	for _, want := range []string{"lab 3", "a desk", "Linux 6.18", "tcplab 1.0", "Name = lo", "Description = loopback",
		"Filter string = tcp port 80", "Time precision = nanoseconds (9)", "Encapsulation = Raw IP", "Capture length = 262144",
		"Number of stat entries = 1", "Number of packets:   3"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("capinfos (%v) does not show %q:\n%s", err, want, out)
		}
	}
}

// Every real capture is the same after being written.
func TestCorpusSurvivesWriting(t *testing.T) {
	line := func(f *capture.Frame) string { return fmt.Sprintf("%s %v %q", asTshark(f), f.Link, f.Comments) }
	for _, path := range corpusFiles(t) {
		r, err := Open(path)
		if err != nil {
			continue // TestForeignOfCorpus
		}
		var out bytes.Buffer
		var want []string
		w := NewWriter(&out, r.Section())
		ids := make(map[uint16]uint16)
		for f := (capture.Frame{}); r.Next(&f) == nil; {
			if _, ok := ids[f.Iface]; !ok {
				ids[f.Iface] = uint16(w.Interfaces())
				w.AddInterface(r.Interfaces()[f.Iface])
			}
			want = append(want, line(&f))
			f.Iface = ids[f.Iface]
			if err := w.WriteFrame(&f); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		r.Close()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := New(&out, path, 0)
		if err != nil {
			t.Fatal(err)
		}
		var f capture.Frame
		for n := 0; ; n++ {
			if err := again.Next(&f); err == io.EOF && n == len(want) {
				break
			} else if err != nil || n == len(want) || line(&f) != want[n] {
				t.Fatalf("%s: frame %d of %d: %s, %v", path, n+1, len(want), line(&f), err)
			}
		}
	}
}

func TestPcapWriter(t *testing.T) {
	var out bytes.Buffer
	w, err := NewPcapWriter(&out, capture.LinkEthernet, 262144)
	if err != nil {
		t.Fatal(err)
	}
	list := sampleFrames()
	for _, i := range []int{0, 2} {
		if err := w.WriteFrame(&list[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.WriteFrame(&list[1]); err == nil {
		t.Error("a second link type was written")
	}
	list[2].Number, list[2].Comments = 2, nil
	if got, want := read(t, out.Bytes()), show(&frames{list: []capture.Frame{list[0], list[2]}}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWriterRefuses(t *testing.T) {
	w := NewWriter(&bytes.Buffer{}, Section{})
	f := capture.Frame{Number: 5, Link: capture.LinkEthernet}
	if err := w.WriteFrame(&f); err == nil || err.Error() != "frame 5: no interface 0 with link type EN10MB was added" {
		t.Errorf("no interface: %v", err)
	}
	w.AddInterface(Interface{Link: capture.LinkEthernet})
	f.Time = -1
	if err := w.WriteFrame(&f); err == nil || !strings.Contains(err.Error(), "1969-12-31 23:59:59.999999999") {
		t.Errorf("a time before 1970: %v", err)
	}
}

// full is a disk without room.
type full struct{}

var errFull = errors.New("no room")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriterKeepsTheFirstError(t *testing.T) {
	w := NewWriter(full{}, Section{})
	w.AddInterface(Interface{Link: capture.LinkEthernet})
	f := capture.Frame{Link: capture.LinkEthernet, Data: make([]byte, 60_000)}
	var err error
	for range 3 {
		err = w.WriteFrame(&f)
	}
	if !errors.Is(err, errFull) || !errors.Is(w.Close(), errFull) {
		t.Errorf("%v", err)
	}
}
