package pcapfile

import (
	"fmt"

	"tcplab/capture"
)

// The magic numbers of pcap files. Those of Ixia's lcap and the patched Linux libpcaps of 1999 are written by tools that
// are still met in archives.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicPatched  = 0xa1b2cd34 // Kuznetzov's patches: longer record headers
	magicIxiaNano = 0x1c0001ac // 4 more bytes in the file header: the size of all records
	magicIxia     = 0x1c0001ab
)

const (
	pcapHeader   = 24
	recordHeader = 16
	maxFrame     = 128 << 20 // the largest snap length libpcap knows (D-Bus); beyond it a length is damage
)

// lengths is the order of the two lengths in a record header.
type lengths uint8

const (
	capturedFirst lengths = iota
	wireFirst             // before version 2.3
	smallerFirst          // version 2.3, which was written both ways
)

// pcapFormat is what the file header of a pcap file decides.
type pcapFormat struct {
	order   order
	lengths lengths
	magic   uint32
	unit    uint32 // nanoseconds in one unit of the time's fraction
	header  int    // bytes of a record header
	link    capture.LinkType
	snapLen uint32
}

// pcapMagic returns the magic number in b and the byte order in which it makes sense.
func pcapMagic(b []byte) (uint32, order, bool) {
	for _, o := range []order{little, big} {
		switch m := o.u32(b); m {
		case magicMicro, magicNano, magicPatched, magicIxia, magicIxiaNano:
			return m, o, true
		}
	}
	return 0, little, false
}

// openPcap reads the file header, which begins with magic.
func (r *Reader) openPcap(magic uint32, o order) error {
	size := pcapHeader
	if magic == magicIxia || magic == magicIxiaNano {
		size += 4
	}
	if err := r.in.fill(size); err != nil {
		return r.ended(err, size, "file header")
	}
	b := r.in.bytes()
	p := &r.pcap
	*p = pcapFormat{order: o, magic: magic, unit: 1000, header: recordHeader, snapLen: o.u32(b[16:])}
	if magic == magicNano || magic == magicIxiaNano {
		p.unit = 1
	}
	major, minor := o.u16(b[4:]), o.u16(b[6:])
	switch {
	case major < 2:
		return r.damaged("file header", fmt.Sprintf("pcap version %d.%d is older than 2.0", major, minor))
	case major == 2 && minor < 3, major == 543: // 543.0 is DG/UX
		p.lengths = wireFirst
	case major == 2 && minor == 3:
		p.lengths = smallerFirst
	}
	// The upper half of the field holds the length of the frame check sequence, not the link type.
	network := o.u32(b[20:])
	p.link = capture.LinkType(network)
	i := Interface{Link: p.link, SnapLen: p.snapLen}
	if network&(1<<26) != 0 {
		i.FCS = uint8(network >> 28 * 2)
	}
	if magic == magicMicro && major == 2 && minor == 2 {
		p.aix(&i)
	}
	r.in.pos += size
	p.guess(r.peek())
	r.format = "pcap"
	return r.addInterface(i)
}

// aix recognises a file of AIX's tcpdump: version 2.2 with an interface type of RFC 1573 in place of a link type, and
// nanoseconds.
func (p *pcapFormat) aix(i *Interface) {
	links := map[capture.LinkType]capture.LinkType{6: capture.LinkEthernet, 9: 6, 15: 10, 24: capture.LinkNull}
	if link, ok := links[p.link]; ok {
		p.link, i.Link, p.unit, p.lengths = link, link, 1, wireFirst
	}
}

// peek returns the first chunk of records of an input whose size is known, that is of a file; a pipe must not be kept
// waiting.
func (r *Reader) peek() []byte {
	if r.stats.Size == 0 {
		return nil
	}
	r.in.fill(chunk) // or less: an error is met again when reading comes to it
	return r.in.bytes()
}

// record takes the next record out of the window. It returns how many bytes the window must hold to try again, 0 when
// the frame or the error is final.
func (r *Reader) record(f *capture.Frame) (need int, err error) {
	p, b := &r.pcap, r.in.bytes()
	if len(b) < p.header {
		return p.header, nil
	}
	o := p.order
	sec, fraction, size, wire := o.u32(b), o.u32(b[4:]), o.u32(b[8:]), o.u32(b[12:])
	if p.lengths != capturedFirst && (p.lengths == wireFirst || size > wire) {
		size, wire = wire, size
	}
	if size > maxFrame {
		return 0, r.damaged("record", fmt.Sprintf("captured length %d is above the maximum %d", size, maxFrame))
	}
	total := p.header + int(size)
	if len(b) < total {
		return total, nil
	}
	r.in.pos += total
	r.count(f, size, wire, b[p.header:total:total])
	ns := int64(fraction) * int64(p.unit)
	if ns >= 2e9 {
		ns = 0 // no fraction of a second: the second alone may still be true
	}
	f.Time = capture.Stamp(int64(sec)*1e9 + ns) // seconds are unsigned, good until 2106
	f.Link, f.Iface, f.Comments = p.link, 0, nil
	return 0, nil
}
