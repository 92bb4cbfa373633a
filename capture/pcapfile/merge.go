package pcapfile

import (
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"tcplab/capture"
)

// merged is several captures as one. Its heap holds those that may still yield, the one whose time is earliest on top.
type merged struct {
	inputs []*input // in the order given
	heap   []*input
	number uint32
	ifaces []*input // which input each interface of the whole belongs to
	errs   []error  // what ended inputs early; said at the end
}

// input is one of the captures.
type input struct {
	rank   int    // decides between frames of one time
	path   string // opened when its turn comes, "" for a source that was given
	size   int64
	source capture.Source
	frame  capture.Frame // the next one when ready, else only its time is meant: nothing earlier can follow
	ready  bool
	ids    []uint16 // its interfaces in the whole, by their own number
}

// Merge yields the frames of sources as one capture in time order, numbered anew. Frames of one source keep their order,
// whatever their times. A source that ends with an error does not end the others: the errors come together at the end.
// Closing the result closes the sources.
func Merge(sources ...capture.Source) capture.Source {
	m := &merged{}
	for _, s := range sources {
		m.add(&input{source: s, frame: capture.Frame{Time: math.MinInt64}})
	}
	return m
}

// OpenAll opens the captures at paths as one, see Merge: the files of a rotated capture join, captures of several places
// interleave. A file is open only from its first frame to its last, so that their number does not matter.
func OpenAll(paths ...string) (capture.Source, error) {
	if len(paths) == 1 {
		return Open(paths[0])
	}
	m := &merged{}
	for _, path := range paths {
		in, err := glance(path)
		if err != nil {
			m.Close()
			return nil, err
		}
		m.add(in)
	}
	return m, nil
}

// glance opens the capture at path and reads the time of its first frame. A regular file is closed again.
func glance(path string) (*input, error) {
	r, err := Open(path)
	if err != nil {
		return nil, err
	}
	in := &input{path: path, source: r, size: r.stats.Size}
	info, err := os.Stat(path)
	if path == "-" || err != nil || !info.Mode().IsRegular() {
		in.frame.Time = math.MinInt64
		return in, nil
	}
	var f capture.Frame
	if r.Next(&f) == nil { // else the file is taken first, and says what is wrong when it is read
		in.frame.Time = f.Time
	}
	in.source = nil
	return in, r.Close()
}

func (m *merged) add(in *input) {
	in.rank = len(m.inputs)
	m.inputs = append(m.inputs, in)
	m.heap = append(m.heap, in)
	for i := len(m.heap) - 1; i > 0 && m.heap[i].before(m.heap[(i-1)/2]); i = (i - 1) / 2 {
		m.heap[i], m.heap[(i-1)/2] = m.heap[(i-1)/2], m.heap[i]
	}
}

// before reports whether the next frame of a comes before that of b.
func (a *input) before(b *input) bool {
	return a.frame.Time < b.frame.Time || a.frame.Time == b.frame.Time && a.rank < b.rank
}

// Next fills f with the earliest frame.
func (m *merged) Next(f *capture.Frame) error {
	for len(m.heap) > 0 {
		top := m.heap[0]
		if top.ready {
			top.ready = false
			m.number++
			*f = top.frame
			f.Number, f.Iface = m.number, m.iface(top, f.Iface)
			return nil
		}
		if err := top.advance(); err != nil {
			m.remove(err)
		}
		m.sink()
	}
	if len(m.errs) == 0 {
		return io.EOF
	}
	return errors.Join(m.errs...)
}

// advance reads the next frame of the input.
func (in *input) advance() error {
	if in.source == nil {
		r, err := Open(in.path)
		if err != nil {
			return err
		}
		in.source = r
	}
	err := in.source.Next(&in.frame)
	in.ready = err == nil
	return err
}

// remove takes the top out of the heap; err is why it yields no more.
func (m *merged) remove(err error) {
	if top := m.heap[0]; top.path != "" && top.source != nil {
		err = errors.Join(err, top.source.Close())
	}
	if !errors.Is(err, io.EOF) {
		m.errs = append(m.errs, err)
	}
	last := len(m.heap) - 1
	m.heap[0] = m.heap[last]
	m.heap = m.heap[:last]
}

// sink moves the top to where its time belongs.
func (m *merged) sink() {
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < len(m.heap) && m.heap[child+1].before(m.heap[child]) {
			child++
		}
		if child >= len(m.heap) || m.heap[i].before(m.heap[child]) {
			return
		}
		m.heap[i], m.heap[child] = m.heap[child], m.heap[i]
		i = child
	}
}

// iface returns the number that interface n of in has in the whole.
func (m *merged) iface(in *input, n uint16) uint16 {
	for int(n) >= len(in.ids) {
		in.ids = append(in.ids, uint16(min(len(m.ifaces), math.MaxUint16)))
		m.ifaces = append(m.ifaces, in)
	}
	return in.ids[n]
}

// Interfaces returns what is known of the interfaces seen so far, by Frame.Iface.
func (m *merged) Interfaces() []Interface {
	list := make([]Interface, len(m.ifaces))
	for _, in := range m.inputs {
		if s, ok := in.source.(interface{ Interfaces() []Interface }); ok {
			for n, i := range s.Interfaces()[:len(in.ids)] {
				list[in.ids[n]] = i
			}
		}
	}
	return list
}

// Stats adds up what the inputs have read so far.
func (m *merged) Stats() capture.Stats {
	var sum capture.Stats
	var paths, formats, packings []string
	for _, in := range m.inputs {
		s := capture.Stats{Path: in.path, Size: in.size}
		if in.source != nil {
			s = in.source.Stats()
		}
		paths, sum.Links = append(paths, s.Path), union(sum.Links, s.Links...)
		if s.Format != "" {
			formats = union(formats, s.Format)
		}
		if s.Compression != "" {
			packings = union(packings, s.Compression)
		}
		sum.Packets += s.Packets
		sum.Bytes += s.Bytes
		sum.KernelDropped += s.KernelDropped
		sum.Untimed += s.Untimed
		sum.Truncated = sum.Truncated || s.Truncated
		sum.Size += s.Size
		sum.Offset += s.Offset
	}
	sum.Path, sum.Format, sum.Compression = strings.Join(paths, ", "), strings.Join(formats, ", "), strings.Join(packings, ", ")
	return sum
}

// union appends the values that are not yet in list.
func union[T comparable](list []T, values ...T) []T {
	for _, v := range values {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// Close closes the inputs that are open.
func (m *merged) Close() error {
	var errs []error
	for _, in := range m.inputs {
		if in.source != nil {
			errs = append(errs, in.source.Close())
		}
	}
	m.heap = nil
	return errors.Join(errs...)
}
