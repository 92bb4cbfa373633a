package wireshark

import (
	"strings"

	"tcplab/analyze/classify"
	"tcplab/analyze/wire"
)

// Explain says in words why Wireshark marks a segment otherwise than this program does, "" when both say the same. own and
// why are our judgement, theirs is Wireshark's, flags are the segment's.
func Explain(own classify.Marks, why classify.Why, theirs Marks, flags wire.Flags) string {
	const unknown = classify.Offload // no judgement on what the segment does, and Wireshark has no word for it
	there := theirs.Classify()
	ours, only := own&^there&^unknown, there&^own
	if ours == 0 && only == 0 {
		return ""
	}
	var said []string
	for i := range reasons {
		r := &reasons[i]
		if r.applies(ours, only, why.Reason) && flags.Has(r.flags) {
			ours, only = ours&^r.ours, only&^r.theirs
			said = append(said, r.text)
		}
	}
	return strings.Join(said, "; ")
}

// reason is one way in which the judgements part: our marks and Wireshark's of which each set holds one, 0 where either has
// none to offer, and what decides it.
type reason struct {
	ours, theirs classify.Marks
	rule         classify.Reason // of our judgement; NoReason: any
	flags        wire.Flags      // that the segment must have
	text         string
}

func (r *reason) applies(ours, theirs classify.Marks, rule classify.Reason) bool {
	return (r.ours == 0 || ours.Any(r.ours)) && (r.theirs == 0 || theirs.Any(r.theirs)) &&
		(r.rule == classify.NoReason || r.rule == rule)
}

// anyMark stands for all marks.
const anyMark = ^classify.Marks(0)

// reasons are tried in order; one that applies settles the marks it names. First what both judgements call by different
// names, then what only one of them sees.
var reasons = [...]reason{
	{classify.DuplicateCapture, anyMark, 0, 0,
		"Wireshark does not look for packets that the capture holds twice, and judges the copy as sent"},
	{classify.DuplicateCapture, 0, 0, 0,
		"Wireshark has no mark for a packet that the capture holds twice"},

	{classify.CapturedLate, classify.AnyRetransmission | classify.OutOfOrder, 0, 0,
		"Wireshark knows nothing of a capture that wrote an ACK before what it acknowledges, and takes the bytes for sent again"},
	{classify.CapturedLate, 0, 0, 0,
		"Wireshark has no mark for a segment that was captured after the ACK of it"},

	{classify.AnyRetransmission, classify.OutOfOrder, 0, 0,
		"Wireshark calls a segment reordered when it comes within the initial round trip (3 ms when that is unknown) of the one " +
			"that overtook it, whether or not its bytes were captured before"},
	{classify.OutOfOrder, classify.AnyRetransmission, classify.ReorderedByTimestamp, 0,
		"Wireshark goes by the time since the segment that overtook this one, not by their timestamps"},
	{classify.OutOfOrder, classify.AnyRetransmission, classify.ReorderedByIPID, 0,
		"Wireshark goes by the time since the segment that overtook this one, not by their IP IDs"},
	{classify.OutOfOrder, classify.AnyRetransmission, 0, 0,
		"Wireshark calls a late segment repeated once the initial round trip (3 ms when that is unknown) has passed, also when " +
			"its bytes were never captured before"},
	{classify.FastRetransmission, classify.Retransmission, classify.FastSACKHole, 0,
		"Wireshark does not follow SACK: it calls a repetition fast only when it starts at the byte that duplicate ACKs ask for"},
	{classify.FastRetransmission, classify.Retransmission, 0, 0,
		"Wireshark calls a repetition fast only within 20 ms of the other end's latest segment and after two duplicate ACKs; one " +
			"that changes the window does not count there"},
	{classify.Retransmission, classify.FastRetransmission, 0, 0,
		"Wireshark calls a repetition fast when it follows two duplicate ACKs and any segment of the other end within 20 ms, " +
			"whatever made the sender repeat it"},
	{classify.Retransmission | classify.FastRetransmission, classify.SpuriousRetransmission, 0, 0,
		"Wireshark compares with the ack field of the other end's latest segment alone"},
	{classify.SpuriousRetransmission, classify.AnyRetransmission, 0, 0,
		"Wireshark knows only the ack field of the other end's latest segment, which a RST without ACK clears, and no SACK: it " +
			"does not see that these bytes had arrived"},
	{classify.AnyRetransmission, classify.KeepAlive, 0, 0,
		"for Wireshark any segment of at most one byte that starts one below the next number is a keep-alive, also a repeated byte"},
	{classify.AnyRetransmission, classify.ZeroWindowProbe, 0, 0,
		"Wireshark takes one byte sent at the next number into a window of 0, a RST's too, for a probe"},

	{classify.ZeroWindowProbe, classify.KeepAlive, 0, 0,
		"Wireshark knows a window probe only by one new byte; Linux probes without data, one below the next number, which " +
			"Wireshark calls a keep-alive"},
	{classify.ZeroWindowProbe, classify.AnyRetransmission | classify.OutOfOrder, 0, 0,
		"Wireshark knows a window probe only by one new byte; a probe that repeats it is a repetition there"},
	{classify.ZeroWindowProbeAck, classify.KeepAliveAck, 0, 0,
		"Wireshark took the probe for a keep-alive, and so its answer"},
	{classify.KeepAlive, classify.ZeroWindowProbe, 0, 0,
		"Wireshark takes one byte sent at the next number into a window of 0, a RST's too, for a probe"},
	{classify.KeepAlive, classify.AnyRetransmission | classify.OutOfOrder, 0, 0,
		"Wireshark expects a keep-alive exactly one below the highest number it has seen, with one byte at most"},
	{classify.KeepAliveAck | classify.ZeroWindowProbeAck, classify.DuplicateAck | classify.WindowUpdate, 0, 0,
		"Wireshark did not take the segment before for a probe, so the answer is a repeated ACK to it"},
	{classify.DuplicateAck, classify.KeepAliveAck | classify.ZeroWindowProbeAck, 0, 0,
		"Wireshark took the segment before for a probe, so this repeated ACK is the answer to it"},
	{classify.DuplicateAck, classify.WindowUpdate, 0, 0,
		"for Wireshark a repeated ACK with another window is a window update, whatever its SACK blocks say"},
	{classify.WindowUpdate, classify.DuplicateAck, 0, 0,
		"Wireshark compares the window as sent with the latest segment's, not with the latest ACK's"},
	{classify.LostSegment, classify.AckUnseen, 0, 0,
		"Wireshark reports the gap where it is acknowledged"},

	{classify.DuplicateAck, 0, 0, 0,
		"Wireshark counts a repeated ACK only when it starts at the highest number its sender has used, repeats the latest ack " +
			"field and keeps the window"},
	{0, classify.DuplicateAck, 0, 0,
		"Wireshark counts every segment that repeats numbers and window as a duplicate ACK, also when nothing is outstanding " +
			"(RFC 5681, 2)"},
	{classify.WindowUpdate, 0, 0, 0,
		"Wireshark sees a window update only in a segment that starts at the highest number and repeats the latest ack field"},
	{0, classify.WindowUpdate, 0, 0,
		"for Wireshark every segment that repeats the latest numbers with another window is a window update"},
	{classify.WindowFull, 0, 0, 0,
		"Wireshark marks only a segment that ends exactly at the window's edge, not one that runs past it, and needs a known scale"},
	{0, classify.WindowFull, 0, 0,
		"Wireshark reads the window unscaled until the other end's first ACK after its SYN, and asks for nothing but an equal edge"},
	{classify.ZeroWindow, 0, 0, 0,
		"Wireshark reports a window of 0 only in a segment without SYN, FIN and RST"},
	{0, classify.ZeroWindow, 0, 0,
		"Wireshark reports every window of 0 in a segment without SYN, FIN and RST, also when no data waits for it"},
	{classify.KeepAlive, 0, 0, 0,
		"Wireshark expects a keep-alive exactly one below the highest number it has seen"},
	{0, classify.KeepAlive, 0, 0,
		"for Wireshark any segment of at most one byte that starts one below the next number is a keep-alive, also an ACK that a " +
			"FIN overtook"},
	{classify.KeepAliveAck | classify.ZeroWindowProbeAck, 0, 0, 0,
		"Wireshark calls only the repetition of the latest ACK, with the same window, the answer to a probe it has recognised"},
	{0, classify.KeepAliveAck | classify.ZeroWindowProbeAck, 0, 0,
		"Wireshark took the segment before for a probe, so this is the answer to it"},
	{classify.ZeroWindowProbe, 0, 0, 0,
		"Wireshark knows a window probe only by one new byte at the next number"},
	{0, classify.ZeroWindowProbe, 0, 0,
		"Wireshark takes one byte sent at the next number into a window of 0, a RST's too, for a probe"},
	{classify.AckUnseen, 0, 0, 0,
		"Wireshark reports an ACK of unseen bytes once, and then keeps silent until the other end's own ACK moves; before it has " +
			"seen a byte of the other end it reports none"},
	{0, classify.AckUnseen, 0, wire.RST,
		"Wireshark judges the ack field of a RST as that of any segment, also when it belongs to an earlier connection"},
	{0, classify.AckUnseen, 0, 0,
		"Wireshark follows the contiguous bytes only from segments that start exactly at their end: a gap, a partly new segment " +
			"or a probe byte that was accepted leaves it behind; and it believes an ACK of an earlier connection too"},
	{classify.LostSegment, 0, 0, 0,
		"Wireshark measures a gap from the highest number sent, so it sees none behind that number, and none before a RST"},
	{0, classify.LostSegment, 0, 0,
		"Wireshark measures a gap before every segment, also one without data that overtook the rest, from the highest number " +
			"captured; it counts neither a probe byte that was accepted nor bytes acknowledged unseen nor those a frame was cut by"},
	{classify.PortReused, 0, 0, 0,
		"for Wireshark 4.0 only a SYN with another initial number opens a new connection: the same number stays in the old one"},
	{0, classify.PortReused, 0, 0,
		"Wireshark says this of every SYN or SYN-ACK whose number differs from the one it knows or has guessed, also within one " +
			"attempt to connect"},
	{classify.AnyRetransmission | classify.OutOfOrder, 0, 0, 0,
		"Wireshark takes a segment for repeated or reordered only when it starts below the highest number its sender has used"},
	{0, classify.AnyRetransmission | classify.OutOfOrder, 0, wire.SYN | wire.ACK,
		"to Wireshark a SYN-ACK with the number of a SYN before it is that once more; it is the answer to the other end's SYN"},
	{0, classify.AnyRetransmission | classify.OutOfOrder, 0, 0,
		"Wireshark takes every segment that starts below the highest number for repeated or reordered, also when it " +
			"carries new bytes that a segment without data has overtaken"},
}
