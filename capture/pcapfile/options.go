package pcapfile

import (
	"fmt"
	"iter"
	"math"
	"math/bits"

	"tcplab/capture"
)

// Option codes of pcapng, by the block they stand in.
const (
	optComment        = 1
	optHardware       = 2
	optOS             = 3
	optApplication    = 4
	optIfName         = 2
	optIfDescription  = 3
	optIfResolution   = 9
	optIfFilter       = 11
	optIfOS           = 12
	optIfFCS          = 13
	optIfOffset       = 14
	optDropCount      = 4
	optStatReceived   = 4
	optStatIfDropped  = 5
	optStatOSDropped  = 7
	defaultResolution = 6
)

// options yields the options in b, up to the end mark or the first one that does not fit: a bad option takes nothing
// from the packet it describes.
func (o order) options(b []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= 4 {
			code, size := o.u16(b), int(o.u16(b[2:]))
			b = b[4:]
			if code == 0 || size > len(b) || !yield(code, b[:size]) {
				return
			}
			b = b[min((size+3)&^3, len(b)):]
		}
	}
}

// remarks reads the options of a packet: it returns the comments and counts the packets dropped before this one.
func (i *iface) remarks(o order, b []byte) []string {
	var comments []string
	for code, value := range o.options(b) {
		switch {
		case code == optComment:
			comments = append(comments, string(value))
		case code == optDropCount && len(value) == 8:
			i.Dropped += o.u64(value)
		}
	}
	return comments
}

// section begins a new section: its interfaces are numbered from 0 again.
func (r *Reader) section(b []byte) error {
	o := r.ng.order
	if major, minor := o.u16(b[4:]), o.u16(b[6:]); major != 1 {
		return r.damaged("block", fmt.Sprintf("pcapng version %d.%d is not known", major, minor))
	}
	first := r.ng.first == 0 && len(r.ifaces) == 0
	r.ng.first = len(r.ifaces)
	if !first {
		return nil
	}
	r.about = Section{}
	for code, value := range o.options(b[16:]) {
		switch code {
		case optComment:
			r.about.Comment = string(value)
		case optHardware:
			r.about.Hardware = string(value)
		case optOS:
			r.about.OS = string(value)
		case optApplication:
			r.about.Application = string(value)
		}
	}
	return nil
}

// describe adds the interface that an interface description block declares.
func (r *Reader) describe(b []byte) error {
	o := r.ng.order
	i := Interface{Link: capture.LinkType(o.u16(b)), SnapLen: o.u32(b[4:]), Resolution: defaultResolution}
	for code, value := range o.options(b[8:]) {
		switch {
		case code == optIfName:
			i.Name = string(value)
		case code == optIfDescription:
			i.Description = string(value)
		case code == optIfResolution && len(value) == 1:
			i.Resolution = value[0]
		case code == optIfFilter && len(value) > 1 && value[0] == 0: // 0: a filter expression, 1: BPF code
			i.Filter = string(value[1:])
		case code == optIfOS:
			i.OS = string(value)
		case code == optIfFCS && len(value) == 1:
			i.FCS = value[0]
		case code == optIfOffset && len(value) == 8:
			i.Offset = int64(o.u64(value))
		}
	}
	return r.addInterface(i)
}

// statistics keeps the drop counts of an interface; a later block about the same interface replaces them.
func (r *Reader) statistics(b []byte) error {
	o := r.ng.order
	id := o.u32(b)
	if id >= uint32(len(r.ifaces)-r.ng.first) {
		return nil // nothing is lost with it
	}
	var dropped uint64
	for code, value := range o.options(b[12:]) {
		if (code == optStatIfDropped || code == optStatOSDropped) && len(value) == 8 {
			dropped += o.u64(value)
		}
	}
	r.ifaces[r.ng.first+int(id)].Dropped = dropped
	return nil
}

// clock turns the time units of an interface into nanoseconds: ns = units*mul/div, or >>shift, plus offset.
type clock struct {
	mul, div uint64
	shift    uint8
	offset   int64 // nanoseconds
}

// newClock reads if_tsresol: a negative power of 10, or of 2 when the top bit is set.
func newClock(resolution uint8, offset int64) clock {
	c := clock{mul: 1, div: 1, offset: saturate(offset)}
	if resolution&0x80 != 0 {
		c.mul, c.shift = 1e9, resolution&0x7f
		return c
	}
	for ; resolution < 9; resolution++ {
		c.mul *= 10
	}
	if resolution > 28 {
		c.mul = 0 // not even all 64 bits make a nanosecond
		return c
	}
	for ; resolution > 9; resolution-- {
		c.div *= 10
	}
	return c
}

// saturate returns seconds as nanoseconds, within what a Stamp holds.
func saturate(seconds int64) int64 {
	const most = int64(math.MaxInt64 / 1_000_000_000)
	return min(max(seconds, -most), most) * 1e9
}

// stamp returns the time at units since the epoch of the interface. What lies beyond a Stamp, the year 2262, becomes its
// last moment.
func (c *clock) stamp(units uint64) capture.Stamp {
	hi, lo := bits.Mul64(units, c.mul)
	switch {
	case c.shift >= 64:
		hi, lo = 0, hi>>(c.shift-64)
	case c.shift > 0:
		hi, lo = hi>>c.shift, lo>>c.shift|hi<<(64-c.shift)
	case c.div > 1:
		lo /= c.div // mul is at most 1, so hi is 0
	}
	if hi != 0 || lo > math.MaxInt64 {
		lo = math.MaxInt64
	}
	sum := int64(lo) + c.offset
	if c.offset > 0 && sum < 0 {
		sum = math.MaxInt64
	}
	return capture.Stamp(sum)
}
