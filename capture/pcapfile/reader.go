// Package pcapfile reads capture files, and writes them.
//
// It reads pcap and pcapng in the variants that libpcap and Wireshark know, and gzip and zstd of these, from files and
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
	"errors"
	"fmt"
	"io"

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
