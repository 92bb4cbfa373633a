package pcapfile

import (
	"bytes"
	"testing"
	"testing/iotest"

	"tcplab/capture"
)

// FuzzReader: whatever the input, no panic, an error of a known kind, frames that lie within the input, and the same
// frames in whatever pieces the input arrives.
func FuzzReader(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data)
	}
	f.Add(generate(f, 2, magicPatched))
	f.Add(join(section(le), describe(le, 1, 0, opt(le, 9, uint8(0x94)), opt(le, 14, int64(-5))), enhanced(le, 0, 1, 1, "a", opt(le, 4, uint64(1))), block(le, blockCustom, uint32(1))))
	f.Add(join(section(le), describe(le, 1, 2), block(le, blockPacket, uint16(0), uint16(3), uint32(0), uint32(5), uint32(3), uint32(9), "abc\x00"), section(be)))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := New(bytes.NewReader(data), "file", int64(len(data)))
		if err != nil {
			known(t, err)
			return
		}
		defer r.Close()
		var bytesSeen uint64
		for f, last := (capture.Frame{}), uint32(0); ; last = f.Number {
			if err := r.Next(&f); err != nil {
				known(t, err)
				break
			}
			if f.Number <= last {
				t.Fatalf("frame %d after %d", f.Number, last)
			}
			bytesSeen += uint64(len(f.Data))
		}
		if s := r.Stats(); s.Bytes != bytesSeen || s.Compression == "" && s.Bytes > uint64(len(data)) {
			t.Fatalf("%d bytes of frames in %d bytes of input: %+v", bytesSeen, len(data), s)
		}
		want := read(t, data)
		slow, err := New(iotest.HalfReader(bytes.NewReader(data)), "file", int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		if got := show(slow); got != want {
			t.Fatalf("in pieces\n%sat once\n%s", got, want)
		}
	})
}
