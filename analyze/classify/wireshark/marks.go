package wireshark

import "tcplab/analyze/classify"

// Marks are the tcp.analysis flags of one segment.
type Marks uint32

// The flags, one for each field of tshark.
const (
	Retransmission Marks = 1 << iota // also set with the next two
	FastRetransmission
	SpuriousRetransmission
	OutOfOrder
	LostSegment
	AckLostSegment
	DuplicateAck
	WindowUpdate
	WindowFull
	ZeroWindow
	ZeroWindowProbe
	ZeroWindowProbeAck
	KeepAlive
	KeepAliveAck
	ReusedPorts
	TFOSyn
	TFOAck
	TFOIgnored
	numMarks = iota
)

// flags pairs each mark with tshark's field and the program's own mark of that meaning, 0 where it has none.
var flags = [numMarks]struct {
	field string
	own   classify.Marks
}{
	{"tcp.analysis.retransmission", classify.Retransmission},
	{"tcp.analysis.fast_retransmission", classify.FastRetransmission},
	{"tcp.analysis.spurious_retransmission", classify.SpuriousRetransmission},
	{"tcp.analysis.out_of_order", classify.OutOfOrder},
	{"tcp.analysis.lost_segment", classify.LostSegment},
	{"tcp.analysis.ack_lost_segment", classify.AckUnseen},
	{"tcp.analysis.duplicate_ack", classify.DuplicateAck},
	{"tcp.analysis.window_update", classify.WindowUpdate},
	{"tcp.analysis.window_full", classify.WindowFull},
	{"tcp.analysis.zero_window", classify.ZeroWindow},
	{"tcp.analysis.zero_window_probe", classify.ZeroWindowProbe},
	{"tcp.analysis.zero_window_probe_ack", classify.ZeroWindowProbeAck},
	{"tcp.analysis.keep_alive", classify.KeepAlive},
	{"tcp.analysis.keep_alive_ack", classify.KeepAliveAck},
	{"tcp.analysis.reused_ports", classify.PortReused},
	{"tcp.analysis.tfo_syn", 0},
	{"tcp.analysis.tfo_ack", 0},
	{"tcp.analysis.tfo_ignored", 0},
}

// Any reports whether some mark of n is set in m.
func (m Marks) Any(n Marks) bool { return m&n != 0 }

// Field returns tshark's name of the lowest mark in m, "" when there is none.
func (m Marks) Field() string {
	for i := range flags {
		if m&(1<<i) != 0 {
			return flags[i].field
		}
	}
	return ""
}

// Each calls do with every single mark in m.
func (m Marks) Each(do func(Marks)) {
	for i := range flags {
		if one := Marks(1) << i; m&one != 0 {
			do(one)
		}
	}
}

// Classify translates m into the program's own marks. Wireshark flags a fast or spurious retransmission as retransmission
// too; ours are exclusive, so the general mark is left out there.
func (m Marks) Classify() classify.Marks {
	if m.Any(FastRetransmission | SpuriousRetransmission) {
		m &^= Retransmission
	}
	var own classify.Marks
	for i := range flags {
		if m&(1<<i) != 0 {
			own |= flags[i].own
		}
	}
	return own
}
