package wire

// piece is one fragment of an IP datagram; the addresses are those of Packet.Segment.
type piece struct {
	span  span   // its payload
	id    uint32 // identification of the datagram
	start int    // offset of the payload within the datagram's
	more  bool   // not the last
	depth int    // of the decoder
}

// fragment keeps what a Reassembler needs of a fragment.
func (d *decoder) fragment(s span, id uint32, start int, more bool) Kind {
	d.p.piece = piece{s, id, start, more, d.depth}
	return Fragment
}
