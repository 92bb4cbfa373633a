package wireshark

import "tcplab/analyze/wire"

// Completeness follows tcp.completeness of one conversation. Its zero value stands before the first segment.
type Completeness struct {
	bits    uint8 // of all segments but the first, whose SYN alone counts
	opening uint8 // what a first segment that is no SYN adds when Wireshark reads the file a second time
	n       uint8 // segments, counted up to 2
}

// The bits of tcp.completeness.
const (
	CompleteSYN uint8 = 1 << iota
	CompleteSYNACK
	CompleteACK
	CompleteData
	CompleteFIN
	CompleteRST
)

// Reused returns the Completeness of a conversation that a SYN opened on ports used before, with that SYN taken. Wireshark
// does not count the data of such a SYN.
func Reused() Completeness { return Completeness{bits: CompleteSYN, n: 1} }

// Update takes the next segment of the conversation, or the header quoted in an ICMP error with length 0.
func (c *Completeness) Update(flags wire.Flags, length uint32) {
	bits := completenessBits(flags, length)
	if c.n == 0 {
		c.n = 1
		if flags&(wire.SYN|wire.ACK) == wire.SYN {
			c.bits = CompleteSYN
			if length > 0 {
				c.bits |= CompleteData
			}
		}
		c.opening = bits
		return
	}
	c.n = 2
	c.bits |= bits
}

// completenessBits is what a segment contributes wherever it stands: a SYN counts only as the first.
func completenessBits(flags wire.Flags, length uint32) (bits uint8) {
	if flags.Has(wire.SYN | wire.ACK) {
		bits |= CompleteSYNACK
	}
	if flags&(wire.SYN|wire.ACK) == wire.ACK {
		if length > 0 {
			bits |= CompleteData
		} else {
			bits |= CompleteACK
		}
	}
	if flags.Has(wire.FIN | wire.ACK) {
		bits |= CompleteFIN
	}
	if flags.Has(wire.RST) {
		bits |= CompleteRST
	}
	return bits
}

// Value is the number that the conversation's last frame shows in a two-pass run (tshark -2, or the window). A frame
// shows what the frames before it gave, so a conversation of one frame has nothing but its SYN.
func (c Completeness) Value() uint8 {
	if c.n < 2 {
		return c.bits
	}
	return c.bits | c.opening
}

// Text is Wireshark's wording of a value.
func Text(value uint8) string {
	switch value {
	case 1:
		return "Incomplete, SYN_SENT"
	case 3:
		return "Incomplete, CLIENT_ESTABLISHED"
	case 7:
		return "Incomplete, ESTABLISHED"
	case 15:
		return "Incomplete, DATA"
	case 31, 47, 63:
		return "Complete, WITH_DATA"
	case 23, 39, 55:
		return "Complete, NO_DATA"
	}
	return "Incomplete"
}
