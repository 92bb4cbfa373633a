package pcapfile

// recordShape is a form of pcap record header: its length, and what is known about the bytes behind the four usual
// fields.
type recordShape struct {
	header int
	tail   func(o order, b []byte) bool
}

// guess decides the length of the record headers by the records in b: the patched libpcaps of Red Hat 6.1 and Nokia
// wrote longer headers under the ordinary magic number, and those under Kuznetzov's come in two lengths. Without records
// it is the usual one.
func (p *pcapFormat) guess(b []byte) {
	var shapes []recordShape
	switch {
	case p.magic == magicPatched:
		shapes = []recordShape{{24, linuxTail}, {28, linuxTail}}
	case p.magic == magicMicro && p.unit == 1000:
		shapes = []recordShape{{recordHeader, nil}, {24, linuxTail}, {20, anyTail}}
	default:
		return
	}
	p.header = shapes[0].header
	for _, s := range shapes {
		if len(b) > 0 && s.fits(p, b) {
			p.header = s.header
			return
		}
	}
}

// fits reports whether the first records that have arrived make sense in this shape. An unusual shape is believed when
// what has arrived consists of whole records, or begins with three.
func (s recordShape) fits(p *pcapFormat, b []byte) bool {
	for i := range 3 {
		if len(b) < s.header {
			return s.tail == nil || i > 0 && len(b) == 0
		}
		fraction, size, wire := p.order.u32(b[4:]), p.order.u32(b[8:]), p.order.u32(b[12:])
		if p.lengths != capturedFirst {
			size, wire = min(size, wire), max(size, wire)
		}
		if fraction >= 1e6 || size > wire || size > 256<<10 || wire > maxFrame ||
			s.tail != nil && !s.tail(p.order, b[recordHeader:]) {
			return false
		}
		if len(b) < s.header+int(size) {
			return s.tail == nil
		}
		b = b[s.header+int(size):]
	}
	return true
}

// linuxTail knows the interface index, protocol and packet type that the patched Linux headers add.
func linuxTail(o order, b []byte) bool {
	protocol := o.u16(b[4:])
	return o.u32(b) <= 10000 && b[6] <= 4 &&
		(protocol >= 0x600 || protocol <= 0x17 || protocol == 0x60 || protocol == 0x200 || protocol == 0x400)
}

// anyTail believes anything: what Nokia's IPSO adds has no known form.
func anyTail(order, []byte) bool { return true }
