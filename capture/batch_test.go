package capture

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

// plain is a source without batches: n frames in one buffer that the next call overwrites, then err.
type plain struct {
	n, size int
	err     error
	buf     []byte
}

func (s *plain) Next(f *Frame) error {
	if s.n == 0 {
		return s.err
	}
	s.buf = append(s.buf[:0], make([]byte, s.size)...)
	copy(s.buf, fmt.Sprintf("%06d", s.n))
	*f = Frame{Number: uint32(s.n), Data: s.buf}
	s.n--
	return nil
}

func (s *plain) Stats() Stats { return Stats{} }
func (s *plain) Close() error { return nil }

func TestNextBatchCopies(t *testing.T) {
	broken := errors.New("broken")
	for _, end := range []error{io.EOF, broken} {
		for _, size := range []int{6, 1500, batchBytes + 1} {
			src, seen := &plain{n: 5000, size: size, err: end}, 0
			if size > 1500 {
				src.n = 3
			}
			total := src.n
			for b := (Batch{}); ; {
				err := NextBatch(src, &b)
				if err != nil {
					if err != end || seen != total {
						t.Errorf("size %d: %v after %d of %d frames", size, err, seen, total)
					}
					break
				}
				for _, f := range b.Frames {
					if want := fmt.Sprintf("%06d", f.Number); string(f.Data[:6]) != want || len(f.Data) != size {
						t.Fatalf("size %d: frame %s holds %q", size, want, f.Data[:6])
					}
					seen++
				}
			}
		}
	}
}

func TestNextBatchAllocatesOnce(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates too")
	}
	src, b := &plain{n: 1 << 30, size: 100, buf: make([]byte, 100)}, Batch{}
	fill := func() {
		if err := NextBatch(src, &b); err != nil {
			t.Fatal(err)
		}
	}
	fill()
	perFrame := testing.AllocsPerRun(10, fill) / float64(len(b.Frames))
	if perFrame > 3 { // those of the source: a slice, a text and its argument
		t.Errorf("%v allocations for a frame", perFrame)
	}
}
