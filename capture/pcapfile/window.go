package pcapfile

import "io"

// chunk is how much is asked of the input at once. 64 KiB to 4 MiB measured alike; reading into a buffer that stays in
// the second-level cache beats mapping the file, whose headers are all cold.
const chunk = 256 << 10

// window is the part of the input that is in memory: buf[pos:end] has arrived and is not consumed.
type window struct {
	in       io.Reader
	buf      []byte
	pos, end int
	base     int64 // offset of buf[0] within the input, unpacked
}

// bytes returns what has arrived and is not consumed.
func (w *window) bytes() []byte { return w.buf[w.pos:w.end] }

// offset returns where in the input the unconsumed bytes begin.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// fill reads until need bytes are at hand, or returns the error that prevents it; what has arrived stays in the window,
// so that a later fill resumes. The buffer only grows when it is full: a length in the input, true or not, cannot make
// it larger than twice the bytes that arrived.
func (w *window) fill(need int) error {
	w.slide(w.buf)
	for idle := 0; w.end < need; {
		if w.end == len(w.buf) {
			w.slide(make([]byte, max(2*len(w.buf), 64)))
		}
		n, err := w.in.Read(w.buf[w.end:])
		w.end += n
		switch {
		case w.end >= need:
			return nil
		case err != nil:
			return err
		case n > 0:
			idle = 0
		case idle > 100:
			return io.ErrNoProgress
		default:
			idle++
		}
	}
	return nil
}

// slide moves the unconsumed bytes to the front of memory, which becomes the buffer.
func (w *window) slide(memory []byte) {
	n := copy(memory, w.bytes())
	w.base += int64(w.pos)
	w.buf, w.pos, w.end = memory, 0, n
}
