// Package pcapfile reads capture files, and writes them.
//
// It reads pcap and pcapng in every variant that libpcap and Wireshark read, and gzip and zstd of these, from files and
// pipes. Records are walked in place in one buffer: nothing is copied and nothing allocated for a packet. A length in the
// input is believed when the bytes it promises have arrived, so damage costs an error and never memory.
//
//	src, err := pcapfile.Open("trace.pcapng")
//	…
//	defer src.Close()
//	for f := (capture.Frame{}); ; {
//		err := src.Next(&f)   // f.Data is valid until the next call
//		…
//	}
package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"tcplab/capture"
)

// Reader reads one capture. It is a capture.Source and a capture.Batcher.
//
// After io.EOF or a *TruncatedError of a plain file, Next may be called again: it goes on when the file has grown.
type Reader struct {
	in     window
	pcap   pcapFormat
	ng     ngFormat
	ifaces []iface
	about  Section
	format string // "pcap" or "pcapng"

	number uint32        // of the last frame
	last   capture.Stamp // its time
	stats  capture.Stats

	raw    *counter
	closes []io.Closer
}

// Interface is what a capture says of one of its interfaces.
type Interface struct {
	Name, Description, Filter, OS string
	Link                          capture.LinkType
	SnapLen                       uint32 // 0: no limit
	Resolution                    uint8  // if_tsresol: a negative power of 10, or of 2 when the top bit is set
	FCS                           uint8  // bytes of frame check sequence behind each packet
	Offset                        int64  // seconds to add to every time
	Dropped                       uint64 // packets lost, by the last statistics in the file
}

// Section is what a pcapng section says of its writer.
type Section struct {
	Hardware, OS, Application, Comment string
}

// iface is an interface with what reading needs of it.
type iface struct {
	Interface
	clock clock
}

// Open opens the capture file at path; "-" is standard input.
func Open(path string) (*Reader, error) {
	if path == "-" {
		return New(os.Stdin, "-", 0)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = &ForeignError{Name: path, Kind: "a directory"}
	}
	var r *Reader
	if err == nil {
		var size int64
		if info.Mode().IsRegular() {
			size = info.Size()
		}
		r, err = New(file, path, size)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	r.closes = append(r.closes, file)
	return r, nil
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

// Next fills f with the next frame.
func (r *Reader) Next(f *capture.Frame) error {
	for {
		need, err := r.parse(f)
		if need == 0 {
			return err
		}
		if err := r.in.fill(need); err != nil {
			return r.ended(err, need, r.unit())
		}
	}
}

// parse takes one frame out of the window; see record and block.
func (r *Reader) parse(f *capture.Frame) (need int, err error) {
	if r.format == "pcap" {
		return r.record(f)
	}
	return r.block(f)
}

// NextBatch fills b with the frames of at least one chunk's worth of input. The batch takes the place of the Reader's
// buffer: it alone is written to, so that frames of other batches stay as they are.
func (r *Reader) NextBatch(b *capture.Batch) error {
	b.Frames = b.Frames[:0]
	if left := r.in.end - r.in.pos; len(b.Memory) < max(left, 1) {
		b.Memory = make([]byte, max(left, len(r.in.buf)))
	}
	r.in.slide(b.Memory)
	for {
		var f capture.Frame
		need, err := r.parse(&f)
		switch {
		case need == 0 && err == nil:
			b.Frames = append(b.Frames, f)
		case len(b.Frames) > 0:
			return nil // what stopped us is met again at the next call
		case need == 0:
			return err
		default:
			err := r.in.fill(need)
			b.Memory = r.in.buf
			if err != nil {
				return r.ended(err, need, r.unit())
			}
		}
	}
}

// count numbers and counts a packet, and fills the part of f that both formats have alike.
func (r *Reader) count(f *capture.Frame, size, wire uint32, data []byte) {
	r.number++
	r.stats.Packets++
	r.stats.Bytes += uint64(size)
	f.Number, f.WireLen, f.Data = r.number, wire, data
}

// addInterface adds i to those of the capture.
func (r *Reader) addInterface(i Interface) error {
	const most = 1 << 16 // what Frame.Iface holds
	if len(r.ifaces) == most {
		return r.damaged("block", fmt.Sprintf("describes more than %d interfaces", most))
	}
	r.ifaces = append(r.ifaces, iface{i, newClock(i.Resolution, i.Offset)})
	r.stats.Links = union(r.stats.Links, i.Link)
	return nil
}

// Interfaces returns what is known of the interfaces seen so far, by Frame.Iface.
func (r *Reader) Interfaces() []Interface {
	list := make([]Interface, len(r.ifaces))
	for i := range r.ifaces {
		list[i] = r.ifaces[i].Interface
	}
	return list
}

// Section returns what the first section of a pcapng file says of its writer.
func (r *Reader) Section() Section { return r.about }

// Stats says what has been read so far.
func (r *Reader) Stats() capture.Stats {
	s := r.stats
	s.Format, s.Offset = r.format, r.raw.n
	s.Links = s.Links[:len(s.Links):len(s.Links)]
	for i := range r.ifaces {
		s.KernelDropped += r.ifaces[i].Dropped
	}
	return s
}

// Close closes what Open opened.
func (r *Reader) Close() error {
	var errs []error
	for _, c := range r.closes {
		errs = append(errs, c.Close())
	}
	r.closes = nil
	return errors.Join(errs...)
}
