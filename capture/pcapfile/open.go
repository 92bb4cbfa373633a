package pcapfile

import (
	"encoding/binary"
	"io"
	"os"
	"slices"
	"strings"

	"tcplab/capture"
)

// Open opens the capture file at path; "-" is standard input, which Close leaves open.
func Open(path string) (*Reader, error) {
	file := os.Stdin
	if path != "-" {
		var err error
		if file, err = os.Open(path); err != nil {
			return nil, err
		}
	}
	r, err := newFile(file, path)
	switch {
	case path == "-":
	case err != nil:
		file.Close()
	default:
		r.closes = append(r.closes, file)
	}
	return r, err
}

// newFile reads a capture from a file, whose size is known when it is a regular one.
func newFile(file *os.File, path string) (*Reader, error) {
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &ForeignError{Name: path, Kind: "a directory"}
	case info.Mode().IsRegular():
		return New(file, path, info.Size())
	}
	return New(file, path, 0)
}

// New reads a capture from in. The name is for messages; size is that of the input as stored, 0 when not known. Closing
// the Reader does not close in.
func New(in io.Reader, name string, size int64) (*Reader, error) {
	r := &Reader{raw: &counter{in: in}, stats: capture.Stats{Path: name, Size: size}}
	r.in.in = r.raw
	r.in.buf = make([]byte, firstBuffer(size))
	if err := r.open(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// firstBuffer returns how much memory reading begins with: a chunk, or less when the whole input is smaller. One byte
// more lets the end of the input be seen without growing.
func firstBuffer(size int64) int64 {
	if size > 0 {
		return min(size+1, chunk)
	}
	return chunk
}

// open finds out what the input is and reads its header.
func (r *Reader) open() error {
	packing, err := r.unpack()
	if err != nil {
		return err
	}
	const magic = 4
	err = r.in.fill(magic)
	b := r.in.bytes()
	if err != nil && (!cut(err) || beginsCapture(b) || packing != "" && len(b) == 0 && err != io.EOF) {
		return r.ended(err, magic, "file header")
	}
	if len(b) >= magic {
		if little.u32(b) == blockSection {
			return r.openNG()
		}
		if m, o, ok := pcapMagic(b); ok {
			return r.openPcap(m, o)
		}
	}
	r.in.fill(sniffed) // as much as there is: only the error message depends on it
	head := r.in.bytes()
	return foreign(r.stats.Path, packing, head[:min(len(head), sniffed)])
}

// beginsCapture reports whether b, shorter than a magic number, is the beginning of one.
func beginsCapture(b []byte) bool {
	magics := []string{gzipMagic, zstdMagic}
	for _, m := range []uint32{blockSection, magicMicro, magicNano, magicPatched, magicIxia, magicIxiaNano} {
		magics = append(magics, string(binary.LittleEndian.AppendUint32(nil, m)), string(binary.BigEndian.AppendUint32(nil, m)))
	}
	return len(b) > 0 && slices.ContainsFunc(magics, func(m string) bool { return strings.HasPrefix(m, string(b)) })
}
