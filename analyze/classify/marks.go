// Package classify judges a segment by what was seen before it: repeated, reordered, lost, a probe, a full window.
package classify

// Marks are the judgements on one segment. Names are those of the report contract, close to Wireshark's.
type Marks uint32

// The marks.
const (
	Retransmission Marks = 1 << iota
	FastRetransmission
	SpuriousRetransmission
	OutOfOrder
	LostSegment
	AckUnseen
	DuplicateAck
	WindowUpdate
	WindowFull
	ZeroWindow
	ZeroWindowProbe
	ZeroWindowProbeAck
	KeepAlive
	KeepAliveAck
	PortReused
	DuplicateCapture
	Offload
	CapturedLate
	numMarks = iota
)

// AnyRetransmission are the marks of a repetition, whatever its kind.
const AnyRetransmission = Retransmission | FastRetransmission | SpuriousRetransmission

var markNames = [numMarks]string{
	"retransmission", "fast-retransmission", "spurious-retransmission", "out-of-order", "lost-segment", "ack-unseen",
	"duplicate-ack", "window-update", "window-full", "zero-window", "zero-window-probe", "zero-window-probe-ack",
	"keep-alive", "keep-alive-ack", "port-reused", "duplicate-capture", "offload", "captured-late",
}

// Any reports whether some mark of n is set in m.
func (m Marks) Any(n Marks) bool { return m&n != 0 }

// Names returns the names of the marks set in m, in the contract's order.
func (m Marks) Names() []string {
	names := []string{}
	for i, name := range markNames {
		if m&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
