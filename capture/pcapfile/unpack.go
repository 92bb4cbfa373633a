package pcapfile

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// counter counts the bytes of the input as it is stored: with its size they tell how far reading has come.
type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.in.Read(b)
	c.n += int64(n)
	return n, err
}

const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
	// A zstd header says how much memory its decoder needs. RFC 8878, 3.1.1.1.2 recommends 8 MiB as what everyone
	// accepts; an input that is itself large may have what "zstd -d" accepts.
	zstdWindow     = 8 << 20
	zstdLongWindow = 128 << 20
)

// unpack looks whether the input is compressed, and if so puts the decompressor between it and the window. It returns
// how the input is packed.
func (r *Reader) unpack() (packing string, err error) {
	if err := r.in.fill(len(zstdMagic)); err != nil && !cut(err) {
		return "", r.ended(err, len(zstdMagic), "file header")
	}
	head := r.in.bytes()
	stored := io.MultiReader(bytes.NewReader(head), r.raw)
	var plain io.Reader
	switch {
	case bytes.HasPrefix(head, []byte(gzipMagic)):
		packing = "gzip"
		plain, err = gzip.NewReader(stored)
	case bytes.HasPrefix(head, []byte(zstdMagic)):
		packing = "zstd"
		plain, err = r.unzstd(stored)
	default:
		return "", nil
	}
	if cut(err) {
		return packing, &TruncatedError{Place: r.place(), Unit: packing + " header", Have: int64(len(head)), Need: int64(len(head)) + 1}
	}
	if err != nil {
		return packing, fmt.Errorf("%s: %w", printable(r.stats.Path), err)
	}
	r.stats.Compression = packing
	r.in = window{in: plain, buf: make([]byte, len(r.in.buf))}
	return packing, nil
}

// unzstd starts a decoder that works in the calling goroutine and holds one window.
func (r *Reader) unzstd(stored io.Reader) (io.Reader, error) {
	var window uint64 = zstdLongWindow
	if size := r.stats.Size; size > 0 && size < 1<<20 {
		window = zstdWindow
	}
	d, err := zstd.NewReader(stored, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return nil, err
	}
	c := d.IOReadCloser()
	r.closes = append(r.closes, c)
	return c, nil
}
