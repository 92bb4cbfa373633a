package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tcplab/capture"
)

// samples are small captures of every kind, by name.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	pcap := join(pcapHead(be, magicMicro, 65535, 1), pcapRecord(be, 7, 8, 3, 9, "", "abc"), pcapRecord(be, 8, 9, 1, 1, "", "d"), pcapRecord(be, 8, 9, 0, 1, "", ""))
	ng := join(section(le, opt(le, 1, "a comment")), describe(le, 1, 0, opt(le, 2, "eth0")), enhanced(le, 0, 7, 9, "abc", opt(le, 1, "why")),
		section(be), describe(be, 101, 0), enhanced(be, 0, 8, 1, "d"), block(be, blockSimple, uint32(2), "ef"), block(be, blockStatistics, uint32(0), uint64(0)))
	var zipped, zstded bytes.Buffer
	z := gzip.NewWriter(&zipped)
	zs, err := zstd.NewWriter(&zstded)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{z, zs} {
		if _, err := w.Write(ng); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{"pcap": pcap, "pcapng": ng, "gzip": zipped.Bytes(), "zstd": zstded.Bytes()}
}

func TestCompressed(t *testing.T) {
	files := samples(t)
	want := read(t, files["pcapng"])
	for _, packing := range []string{"gzip", "zstd"} {
		r, err := New(bytes.NewReader(files[packing]), "file", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got := show(r); got != want {
			t.Errorf("%s: got\n%swant\n%s", packing, got, want)
		}
		if s := r.Stats(); s.Compression != packing || s.Offset != int64(len(files[packing])) {
			t.Errorf("%s: stats %+v", packing, s)
		}
	}
}

// Places in messages are those of the unpacked data, and say so.
func TestCompressedDamage(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(join(pcapHead(le, magicMicro, 65535, 1), pcapRecord(le, 1, 0, 1<<30, 1, "", "abc"))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	const want = "file: record at offset 24 of the unpacked data: captured length 1073741824 is above the maximum 134217728\n"
	if got := read(t, zipped.Bytes()); got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

// A file that is cut anywhere gives the frames before the cut, and says so unless the cut is between two records.
func TestCutAnywhere(t *testing.T) {
	for name, data := range samples(t) {
		whole := read(t, data)
		for cut := range len(data) {
			got := read(t, data[:cut])
			frames, message := got, ""
			if i := strings.Index(got, "file: "); i >= 0 {
				frames, message = got[:i], got[i:]
			}
			if !strings.HasPrefix(whole, frames) {
				t.Fatalf("%s cut at %d: got\n%snot the beginning of\n%s", name, cut, frames, whole)
			}
			if cut > 0 && message != "" && !strings.Contains(message, "cut") {
				t.Errorf("%s cut at %d: %s", name, cut, message)
			}
		}
	}
}

func TestTruncatedIsUnexpectedEOF(t *testing.T) {
	data := samples(t)["pcap"]
	r, err := New(bytes.NewReader(data[:len(data)-1]), "file", 0)
	if err != nil {
		t.Fatal(err)
	}
	var f capture.Frame
	for err == nil {
		err = r.Next(&f)
	}
	var cut *TruncatedError
	if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &cut) || cut.Frame != 2 || !r.Stats().Truncated {
		t.Errorf("%v, stats %+v", err, r.Stats())
	}
}

// Reading goes on where a growing file was cut.
func TestGrowingFile(t *testing.T) {
	for _, kind := range []string{"pcap", "pcapng"} {
		data := samples(t)[kind]
		path := filepath.Join(t.TempDir(), "growing")
		out, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		half := len(data) / 2
		write := func(b []byte) {
			if _, err := out.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		write(data[:half])
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		before := show(r)
		i := strings.Index(before, path+": cut inside")
		if i < 0 {
			t.Fatalf("%s: cut at %d, but got\n%s", kind, half, before)
		}
		write(data[half:])
		if got, want := before[:i]+show(r), read(t, data); got != want {
			t.Errorf("%s: got\n%swant\n%s", kind, got, want)
		}
		if r.Stats().Truncated {
			t.Errorf("%s: still called truncated", kind)
		}
	}
}

// A frame is there as soon as its bytes are, whatever comes later.
func TestPipe(t *testing.T) {
	for name, data := range samples(t) {
		r, err := New(iotest.OneByteReader(bytes.NewReader(data)), "file", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := show(r), read(t, data); got != want {
			t.Errorf("%s, a byte at a time: got\n%swant\n%s", name, got, want)
		}
		r.Close()
	}
	in, out := io.Pipe()
	defer out.Close()
	data := samples(t)["pcap"]
	go out.Write(data[:24+16+3])
	r, err := New(in, "-", 0)
	if err != nil {
		t.Fatal(err)
	}
	var f capture.Frame
	if err := r.Next(&f); err != nil || string(f.Data) != "abc" {
		t.Errorf("%q, %v", f.Data, err)
	}
}

func TestReadErrorsAreTold(t *testing.T) {
	broken := errors.New("the disk broke")
	data := samples(t)["pcap"]
	r, err := New(io.MultiReader(bytes.NewReader(data[:len(data)-16]), iotest.ErrReader(broken)), "file", 0)
	if err != nil {
		t.Fatal(err)
	}
	want := "1 7.000008000 EN10MB/0 9 \"abc\"\n2 8.000009000 EN10MB/0 1 \"d\"\nfile: cannot read on at offset 60 (after frame 2): the disk broke\n"
	if got := show(r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	for name, data := range map[string][]byte{"pcap": generate(t, 20_000, magicNano), "pcapng": generateNG(t, 20_000)} {
		r, err := New(bytes.NewReader(data), name, 0)
		if err != nil {
			t.Fatal(err)
		}
		var f capture.Frame
		if allocs := testing.AllocsPerRun(10_000, func() {
			if err := r.Next(&f); err != nil {
				t.Fatal(err)
			}
		}); allocs != 0 {
			t.Errorf("%s: %v allocations for a frame", name, allocs)
		}
	}
}

// Memory follows what arrives, not what a length claims.
func TestClaimsCostNoMemory(t *testing.T) {
	claims := map[string][]byte{
		"pcap":   join(pcapHead(le, magicMicro, 0xffffffff, 1), pcapRecord(le, 0, 0, maxFrame, maxFrame, "", "abc")),
		"pcapng": join(section(le), describe(le, 1, 0), bytesOf(le, uint32(6), uint32(maxFrame), "abc")),
		// a zstd frame of 4 bytes whose header asks for a window of 128 MiB
		"zstd": join([]byte(zstdMagic), []byte{0x00, 0x88, 0x21, 0, 0, 0x0a, 0x0d, 0x0d, 0x0a}),
	}
	for name, data := range claims {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := read(t, data)
		runtime.ReadMemStats(&after)
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 1<<20 {
			t.Errorf("%s: %d bytes allocated for %d bytes of input", name, spent, len(data))
		}
		if !strings.Contains(got, "cut") && !strings.Contains(got, "window size exceeded") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Two batches in turn: what one holds stays as it is while the other is filled.
func TestBatches(t *testing.T) {
	for name, data := range map[string][]byte{"pcap": generate(t, 3000, magicNano), "pcapng": generateNG(t, 3000), "small": samples(t)["pcapng"]} {
		want := read(t, data)
		r, err := New(bytes.NewReader(data), "file", int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		full, free := make(chan *capture.Batch), make(chan *capture.Batch, 2)
		free <- new(capture.Batch)
		free <- new(capture.Batch)
		go func() {
			defer close(full)
			for b := range free {
				if err := capture.NextBatch(r, b); err != nil {
					if err != io.EOF {
						t.Error(err)
					}
					return
				}
				full <- b
			}
		}()
		var got strings.Builder
		for b := range full {
			got.WriteString(show(&frames{list: b.Frames}))
			free <- b
		}
		if got.String() != want {
			t.Errorf("%s: batches differ from single frames", name)
		}
	}
}

// frames is a source of frames in memory.
type frames struct {
	list []capture.Frame
}

func (s *frames) Next(f *capture.Frame) error {
	if len(s.list) == 0 {
		return io.EOF
	}
	*f, s.list = s.list[0], s.list[1:]
	return nil
}

func (s *frames) Stats() capture.Stats { return capture.Stats{} }
func (s *frames) Close() error         { return nil }
