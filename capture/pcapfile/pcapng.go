package pcapfile

import (
	"fmt"

	"tcplab/capture"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng).
const (
	blockSection    = 0x0a0d0d0a // reads the same in both byte orders
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockStatistics = 5
	blockEnhanced   = 6
	blockJournal    = 9
	blockSysdig     = 0x204
	blockSysdig2    = 0x216
	blockSysdig2Big = 0x221
	blockCustom     = 0x00000bad
	blockCustomOnly = 0x40000bad // not to be copied into another file
)

const (
	sectionMagic = 0x1a2b3c4d
	blockFrame   = 12 // type and length before the body, length again behind it
	enhancedHead = 20 // of the body, before the packet's data
)

// smallest is the least body a block of each type has.
var smallest = map[uint32]int{
	blockSection: 16, blockInterface: 8, blockPacket: enhancedHead, blockSimple: 4, blockStatistics: 12,
	blockEnhanced: enhancedHead,
}

// ngFormat is what the current section of a pcapng file decides.
type ngFormat struct {
	order order
	first int // index of the section's interface 0 within r.ifaces
}

// openNG checks that the section header whose type was seen is one.
func (r *Reader) openNG() error {
	const header = 28
	if err := r.in.fill(header); err != nil {
		return r.ended(err, header, "file header")
	}
	if b := r.in.bytes(); big.u32(b[8:]) != sectionMagic && little.u32(b[8:]) != sectionMagic {
		return r.damaged("block", "the section header has no byte-order magic")
	}
	r.format = "pcapng"
	return nil
}

// block takes the next packet out of the window, with the blocks before it. It returns how many bytes the window must
// hold to go on, 0 when the frame or the error is final.
func (r *Reader) block(f *capture.Frame) (need int, err error) {
	for {
		b := r.in.bytes()
		if len(b) < blockFrame {
			return blockFrame, nil
		}
		kind := r.ng.order.u32(b)
		if kind == blockSection {
			if err := r.turn(b); err != nil {
				return 0, err
			}
		}
		// Some writers forget the padding in the length.
		size := (int64(r.ng.order.u32(b[4:])) + 3) &^ 3
		if size < blockFrame || size > maxFrame+1<<20 {
			return 0, r.damagedLength(kind, size)
		}
		if len(b) < int(size) {
			return int(size), nil
		}
		b = b[:size]
		if again := (int64(r.ng.order.u32(b[size-4:])) + 3) &^ 3; again != size {
			return 0, r.damaged("block", fmt.Sprintf("its length is %d at the front and %d at the end", size, again))
		}
		body := b[8 : size-4]
		var packet bool
		if kind == blockEnhanced {
			packet, err = true, r.enhanced(body, f)
		} else {
			packet, err = r.other(kind, body, f)
		}
		if err != nil {
			return 0, err
		}
		r.in.pos += int(size)
		if packet {
			return 0, nil
		}
	}
}

// turn takes the byte order of a section from its header.
func (r *Reader) turn(b []byte) error {
	switch {
	case little.u32(b[8:]) == sectionMagic:
		r.ng.order = little
	case big.u32(b[8:]) == sectionMagic:
		r.ng.order = big
	default:
		return r.damaged("block", "the section header has no byte-order magic")
	}
	return nil
}

// damagedLength says why the length of a block cannot be true.
func (r *Reader) damagedLength(kind uint32, size int64) error {
	if size < blockFrame {
		return r.damaged("block", fmt.Sprintf("length %d is below the minimum %d", size, blockFrame+smallest[kind]))
	}
	return r.damaged("block", fmt.Sprintf("length %d is above the maximum %d", size, maxFrame+1<<20))
}

// other reads a block that is no enhanced packet, and says whether it was a packet all the same.
func (r *Reader) other(kind uint32, body []byte, f *capture.Frame) (packet bool, err error) {
	if least := smallest[kind]; len(body) < least {
		return false, r.damaged("block", fmt.Sprintf("length %d is below the minimum %d", len(body)+blockFrame, least+blockFrame))
	}
	switch kind {
	case blockSection:
		return false, r.section(body)
	case blockInterface:
		return false, r.describe(body)
	case blockStatistics:
		return false, r.statistics(body)
	case blockPacket:
		return true, r.obsolete(body, f)
	case blockSimple:
		return true, r.simple(body, f)
	case blockJournal, blockSysdig, blockSysdig2, blockSysdig2Big, blockCustom, blockCustomOnly:
		r.number++ // no packets, but Wireshark gives them a frame number
	}
	return false, nil // name resolution, decryption secrets, and those not yet invented
}

// enhanced reads an enhanced packet block.
func (r *Reader) enhanced(b []byte, f *capture.Frame) error {
	if len(b) < enhancedHead {
		return r.damaged("block", fmt.Sprintf("length %d is below the minimum %d", len(b)+blockFrame, enhancedHead+blockFrame))
	}
	o := r.ng.order
	return r.packet(b, f, o.u32(b), o.u32(b[12:]), o.u32(b[16:]))
}

// obsolete reads a packet block, which gave the interface 16 bits and the drops since the previous packet the rest.
func (r *Reader) obsolete(b []byte, f *capture.Frame) error {
	o := r.ng.order
	id, drops := o.u16(b), o.u16(b[2:])
	err := r.packet(b, f, uint32(id), o.u32(b[12:]), o.u32(b[16:]))
	if err == nil && drops != 0xffff { // that is: not known
		r.ifaces[f.Iface].Dropped += uint64(drops)
	}
	return err
}

// packet fills f from a block whose time, data and options stand where the enhanced packet block has them.
func (r *Reader) packet(b []byte, f *capture.Frame, id, size, wire uint32) error {
	described := len(r.ifaces) - r.ng.first
	if id >= uint32(described) {
		return r.damaged("block", fmt.Sprintf("names interface %d, but the section describes %d", id, described))
	}
	if int64(size) > int64(len(b)-enhancedHead) {
		return r.damaged("block", fmt.Sprintf("captured length %d is above the %d bytes of its data", size, len(b)-enhancedHead))
	}
	o, index := r.ng.order, r.ng.first+int(id)
	i := &r.ifaces[index]
	end := enhancedHead + int(size)
	r.count(f, size, wire, b[enhancedHead:end:end])
	f.Time = i.clock.stamp(uint64(o.u32(b[4:]))<<32 | uint64(o.u32(b[8:])))
	f.Link, f.Iface, f.Comments = i.Link, uint16(index), nil
	r.last = f.Time
	if rest := (end + 3) &^ 3; rest < len(b) {
		f.Comments = i.remarks(o, b[rest:])
	}
	return nil
}

// simple reads a simple packet block. It has no time: the frame gets that of the one before it, and is counted.
func (r *Reader) simple(b []byte, f *capture.Frame) error {
	if r.ng.first == len(r.ifaces) {
		return r.damaged("block", "a simple packet before the section describes an interface")
	}
	i := &r.ifaces[r.ng.first]
	wire := r.ng.order.u32(b)
	size := min(wire, uint32(len(b)-4))
	if i.SnapLen > 0 {
		size = min(size, i.SnapLen)
	}
	r.count(f, size, wire, b[4:4+size:4+size])
	f.Time, f.Link, f.Iface, f.Comments = r.last, i.Link, uint16(r.ng.first), nil
	r.stats.Untimed++
	return nil
}
