package pcapfile

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"tcplab/capture"
)

// Writer writes a pcapng capture of one section: little endian, times in nanoseconds. The same frames give the same
// bytes. Interfaces may be added until the first frame that names them.
type Writer struct {
	out    *bufio.Writer
	block  []byte // the block under construction
	ifaces []written
	err    error // the first one; the file is lost with it
}

// written is what the statistics at the end say of an interface.
type written struct {
	last    capture.Stamp
	frames  uint64
	dropped uint64
	link    capture.LinkType
}

// NewWriter begins a capture on w and writes what is known of its making.
func NewWriter(w io.Writer, about Section) *Writer {
	p := &Writer{out: bufio.NewWriterSize(w, 64<<10)}
	p.begin(blockSection)
	p.u32(sectionMagic)
	p.u32(1) // version 1.0
	p.u32(0xffffffff)
	p.u32(0xffffffff) // length of the section: not told
	p.text(optComment, about.Comment)
	p.text(optHardware, about.Hardware)
	p.text(optOS, about.OS)
	p.text(optApplication, about.Application)
	p.end()
	return p
}

// AddInterface adds an interface; the first one is Frame.Iface 0. Resolution and Offset are the Writer's own.
func (p *Writer) AddInterface(i Interface) {
	p.ifaces = append(p.ifaces, written{dropped: i.Dropped, link: i.Link})
	p.begin(blockInterface)
	p.u32(uint32(i.Link))
	p.u32(i.SnapLen)
	p.text(optIfName, i.Name)
	p.text(optIfDescription, i.Description)
	p.option(optIfResolution, []byte{9})
	if i.Filter != "" {
		p.text(optIfFilter, "\x00"+i.Filter)
	}
	p.text(optIfOS, i.OS)
	if i.FCS > 0 {
		p.option(optIfFCS, []byte{i.FCS})
	}
	p.end()
}

// Interfaces returns how many interfaces there are.
func (p *Writer) Interfaces() int { return len(p.ifaces) }

// WriteFrame writes f, whose Iface must have been added with the link type that f has.
func (p *Writer) WriteFrame(f *capture.Frame) error {
	if p.err != nil {
		return p.err
	}
	if int(f.Iface) >= len(p.ifaces) || p.ifaces[f.Iface].link != f.Link {
		return fmt.Errorf("frame %d: no interface %d with link type %v was added", f.Number, f.Iface, f.Link)
	}
	if f.Time < 0 {
		return fmt.Errorf("frame %d: pcapng cannot hold its time, %v", f.Number, f.Time.Time())
	}
	i := &p.ifaces[f.Iface]
	i.frames++
	i.last = f.Time
	p.begin(blockEnhanced)
	p.u32(uint32(f.Iface))
	p.time(f.Time)
	p.u32(uint32(len(f.Data)))
	p.u32(f.WireLen)
	p.padded(f.Data)
	for _, c := range f.Comments {
		p.option(optComment, []byte(c))
	}
	p.end()
	return p.err
}

// SetDropped says how many packets interface n lost; the statistics at the end tell it.
func (p *Writer) SetDropped(n int, dropped uint64) { p.ifaces[n].dropped = dropped }

// Close writes the statistics of each interface and flushes. It does not close the io.Writer.
func (p *Writer) Close() error {
	for n, i := range p.ifaces {
		p.begin(blockStatistics)
		p.u32(uint32(n))
		p.time(i.last)
		p.option(optStatReceived, binary.LittleEndian.AppendUint64(nil, i.frames+i.dropped))
		p.option(optStatOSDropped, binary.LittleEndian.AppendUint64(nil, i.dropped))
		p.end()
	}
	if err := p.out.Flush(); p.err == nil {
		p.err = err
	}
	return p.err
}

func (p *Writer) begin(kind uint32) {
	p.block = binary.LittleEndian.AppendUint32(p.block[:0], kind)
	p.u32(0) // the length, filled in at the end
}

func (p *Writer) u32(v uint32) { p.block = binary.LittleEndian.AppendUint32(p.block, v) }

func (p *Writer) time(s capture.Stamp) {
	p.u32(uint32(uint64(s) >> 32))
	p.u32(uint32(s))
}

// padded appends b and zeros up to the next multiple of four.
func (p *Writer) padded(b []byte) {
	p.block = append(p.block, b...)
	p.block = append(p.block, 0, 0, 0)[:(len(p.block)+3)&^3]
}

// option appends an option; what is longer than its length field can say is cut.
func (p *Writer) option(code uint16, value []byte) {
	value = value[:min(len(value), 0xffff)]
	p.block = binary.LittleEndian.AppendUint16(p.block, code)
	p.block = binary.LittleEndian.AppendUint16(p.block, uint16(len(value)))
	p.padded(value)
}

// text appends a text option unless it is empty.
func (p *Writer) text(code uint16, s string) {
	if s != "" {
		p.option(code, []byte(s))
	}
}

// end closes the block and writes it. Options need no end mark where the block ends.
func (p *Writer) end() {
	size := uint32(len(p.block) + 4)
	p.u32(size)
	binary.LittleEndian.PutUint32(p.block[4:], size)
	if _, err := p.out.Write(p.block); p.err == nil {
		p.err = err
	}
}

// PcapWriter writes a pcap file with nanosecond times, for tools that read nothing newer.
type PcapWriter struct {
	out  io.Writer
	link capture.LinkType
}

// NewPcapWriter writes the file header. Writes go to w frame by frame: buffer it.
func NewPcapWriter(w io.Writer, link capture.LinkType, snapLen uint32) (*PcapWriter, error) {
	var b []byte
	for _, v := range []uint32{magicNano, 2 | 4<<16, 0, 0, snapLen, uint32(link)} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	_, err := w.Write(b)
	return &PcapWriter{out: w, link: link}, err
}

// WriteFrame writes f, which must have the link type of the file: pcap has but one.
func (p *PcapWriter) WriteFrame(f *capture.Frame) error {
	if f.Link != p.link {
		return fmt.Errorf("frame %d: link type %v in a pcap file of %v", f.Number, f.Link, p.link)
	}
	var b [recordHeader]byte
	for i, v := range []uint32{uint32(f.Time / 1e9), uint32(f.Time % 1e9), uint32(len(f.Data)), f.WireLen} {
		binary.LittleEndian.PutUint32(b[4*i:], v)
	}
	if _, err := p.out.Write(b[:]); err != nil {
		return err
	}
	_, err := p.out.Write(f.Data)
	return err
}
