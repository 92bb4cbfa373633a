package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tcplab/capture"
)

// walk reads all of data and returns the frames' lines, and the error that ended them.
func walk(data []byte) ([]string, error) {
	r, err := New(bytes.NewReader(data), "file", int64(len(data)))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var lines []string
	for f := (capture.Frame{}); ; {
		if err := r.Next(&f); err != nil {
			return lines, err
		}
		lines = append(lines, asTshark(&f))
	}
}

// Real captures, cut anywhere and with bytes overwritten: never a panic, never frames that were not there before the
// damage, always an error that a user understands.
func TestDamagedCorpus(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for _, path := range corpusFiles(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole, _ := walk(data)
		for range 4 {
			lines, err := walk(data[:random.IntN(len(data))])
			known(t, err)
			if len(lines) > len(whole) || !slices.Equal(lines, whole[:len(lines)]) {
				t.Errorf("%s, cut: other frames than in the whole file", path)
			}
			damaged := bytes.Clone(data)
			for range 8 {
				damaged[random.IntN(len(damaged))] = byte(random.Uint32())
			}
			_, err = walk(damaged)
			known(t, err)
		}
	}
}

// What reading allocates is bounded by the file, for every file.
func TestMemoryFollowsTheFile(t *testing.T) {
	const unpacking = 1 << 20 // a decompressor's tables and window
	for _, path := range corpusFiles(t) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := Open(path)
		var f capture.Frame
		for err == nil {
			err = r.Next(&f)
		}
		runtime.ReadMemStats(&after)
		limit := uint64(4*info.Size() + 16<<10) // the most is needed by many interfaces without frames
		if strings.HasSuffix(path, ".gz") {
			limit += unpacking
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > limit {
			t.Errorf("%s: %d bytes allocated to read %d", path, spent, info.Size())
		}
		if r != nil {
			r.Close()
		}
	}
}

// known fails unless err is one that a Reader may return for bytes it was given.
func known(t *testing.T, err error) {
	t.Helper()
	var format *FormatError
	var cut *TruncatedError
	var foreign *ForeignError
	switch {
	case errors.Is(err, io.EOF), errors.As(err, &format), errors.As(err, &cut), errors.As(err, &foreign):
	case err != nil && (strings.Contains(err.Error(), ": cannot read on at offset ") || strings.Contains(err.Error(), ": gzip: ")):
	default:
		t.Errorf("%T %v", err, err)
	}
}
