package wire

// piece is one fragment of an IP datagram; the addresses are those of Packet.Segment.
type piece struct {
	span  span
	id    uint32
	start int // offset of the first byte in the datagram's payload
	more  bool
	depth int
}

// fragment keeps what a Reassembler needs of a fragment.
func (d *decoder) fragment(s span, id uint32, start int, more bool) Kind {
	d.p.piece = piece{s, id, start, more, d.depth}
	return Fragment
}
