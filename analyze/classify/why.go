package classify

import (
	"fmt"
	"time"
)

// Why is the reason of a segment's marks: which rule decided, and what it points to.
type Why struct {
	Reason Reason
	Frame  uint32        // the frame the reason refers to: the previous copy, the ACK that is repeated …
	N      uint32        // attempt, count or bytes, as the reason needs
	Gap    time.Duration // since Frame
}

// Reason names a rule of the judgement.
type Reason uint8

// The reasons, in the order in which the rules are tried.
const (
	NoReason Reason = iota
	CapturedTwice
	SYNAgain
	SYNACKAgain
	Timeout
	FastDupAcks
	FastSACKHole
	FastOvertaken
	AfterTimeout
	TailProbe
	AlreadyAcked
	SmallerPackets
	Early
	ProbeOfClosedWindow
	ProbeCrossed
	IdleProbe
	ReorderedBySequence
	ReorderedByTimestamp
	ReorderedByIPID
	WrittenLate
	AckedBefore
	LateAfterLoss
	LateAsked
	GapBefore
	AckOfUnseen
	AckRepeated
	WindowOpened
	AnswerToProbe
	AnswerToKeepAlive
	NewConnection
)

// Text returns the reason as one clause in plain words.
func (w Why) Text() string {
	switch w.Reason {
	case CapturedTwice:
		return fmt.Sprintf("the capture holds this packet twice: same bytes and IP ID as frame %d, %s later", w.Frame, short(w.Gap))
	case SYNAgain:
		return fmt.Sprintf("SYN sent again %s after frame %d, attempt %d of one connect", short(w.Gap), w.Frame, w.N)
	case SYNACKAgain:
		return fmt.Sprintf("SYN,ACK sent again %s after frame %d, attempt %d: no ACK of the first reached the server", short(w.Gap), w.Frame, w.N)
	case Timeout:
		return fmt.Sprintf("the same bytes again %s after frame %d: its retransmission timer ran out, attempt %d", short(w.Gap), w.Frame, w.N)
	case FastDupAcks:
		return fmt.Sprintf("sent again %s after frame %d because %d duplicate ACKs asked for it", short(w.Gap), w.Frame, w.N)
	case FastSACKHole:
		return fmt.Sprintf("sent again %s after frame %d: SACK shows later bytes arrived and these did not", short(w.Gap), w.Frame)
	case FastOvertaken:
		return fmt.Sprintf("sent again %s after frame %d: what was sent after that had arrived, and these bytes had not", short(w.Gap), w.Frame)
	case AfterTimeout:
		return fmt.Sprintf("these bytes were on their way when the timer ran out (frame %d): taken for lost with the rest, and sent again", w.Frame)
	case TailProbe:
		return fmt.Sprintf("the last segment again %s after frame %d, before any timer: a tail loss probe (RFC 8985, 7)", short(w.Gap), w.Frame)
	case SmallerPackets:
		return fmt.Sprintf("sent again in smaller segments because frame %d, an ICMP error, said the packets were too big", w.Frame)
	case Early:
		return fmt.Sprintf("the same bytes again %s after frame %d, sooner than a timer and without being asked for", short(w.Gap), w.Frame)
	case AlreadyAcked:
		return "these bytes had arrived already: the other end had acknowledged them"
	case ProbeOfClosedWindow:
		return "the other end's window is 0: this asks whether it has opened"
	case ProbeCrossed:
		return fmt.Sprintf("asks whether the other end's window has opened: it had, in frame %d, which the sender did not have yet", w.Frame)
	case IdleProbe:
		return "nothing was outstanding: this asks whether the other end is still there"
	case ReorderedBySequence:
		return fmt.Sprintf("first copy seen, %s after frame %d, which follows it: too soon for a repetition", short(w.Gap), w.Frame)
	case ReorderedByTimestamp:
		return fmt.Sprintf("first copy seen, after frame %d, which follows it: its timestamp is older", w.Frame)
	case ReorderedByIPID:
		return fmt.Sprintf("first copy seen, after frame %d, which follows it: its IP ID is older", w.Frame)
	case WrittenLate:
		return fmt.Sprintf("captured after frame %d, which acknowledges it: the capture wrote the two in the wrong order", w.Frame)
	case AckedBefore:
		return fmt.Sprintf("acknowledged %s before it was captured, in frame %d: the order of the capture is wrong, or that ACK is not the receiver's", short(w.Gap), w.Frame)
	case LateAfterLoss:
		return fmt.Sprintf("fills the gap before frame %d %s later: the first copy was lost before it was captured", w.Frame, short(w.Gap))
	case LateAsked:
		return fmt.Sprintf("fills the gap before frame %d %s later: the receiver's ACKs asked for it", w.Frame, short(w.Gap))
	case GapBefore:
		return fmt.Sprintf("%d bytes before it are not in the capture", w.N)
	case AckOfUnseen:
		return fmt.Sprintf("acknowledges %d bytes that are not in the capture", w.N)
	case AckRepeated:
		return fmt.Sprintf("repeats the ACK of frame %d, number %d: something after it is missing", w.Frame, w.N)
	case WindowOpened:
		return "acknowledges nothing new, only changes the window"
	case AnswerToProbe:
		return fmt.Sprintf("answers the window probe of frame %d", w.Frame)
	case AnswerToKeepAlive:
		return fmt.Sprintf("answers the keep-alive of frame %d", w.Frame)
	case NewConnection:
		return "the same addresses and ports as an earlier connection, with a new initial sequence number"
	}
	return ""
}

// of returns the mark that a reason explains; 0 for those that explain a repetition of any kind.
func (r Reason) of() Marks {
	switch r {
	case CapturedTwice:
		return DuplicateCapture
	case ProbeOfClosedWindow, ProbeCrossed:
		return ZeroWindowProbe
	case IdleProbe:
		return KeepAlive
	case ReorderedBySequence, ReorderedByTimestamp, ReorderedByIPID:
		return OutOfOrder
	case WrittenLate, AckedBefore:
		return CapturedLate
	case GapBefore:
		return LostSegment
	case AckOfUnseen:
		return AckUnseen
	case AckRepeated:
		return DuplicateAck
	case WindowOpened:
		return WindowUpdate
	case AnswerToProbe:
		return ZeroWindowProbeAck
	case AnswerToKeepAlive:
		return KeepAliveAck
	case NewConnection:
		return PortReused
	}
	return AnyRetransmission
}

// plain are the sentences of marks that need no number, for a segment whose Why speaks of another mark.
var plain = [numMarks]string{
	"sent again", "sent again because the receiver asked for it", "sent again although it had arrived", "overtaken by later bytes",
	"bytes before it are not in the capture", "acknowledges bytes that are not in the capture", "repeats an ACK",
	"acknowledges nothing new, only changes the window", "fills the window that the other end offered to the last byte",
	"the receiver's buffer is full: the other end must wait", "asks whether the window has opened", "answers a window probe",
	"asks whether the other end is still there", "answers a keep-alive",
	"the same addresses and ports as an earlier connection, with a new initial sequence number", "captured a second time",
	"longer than the MSS: the network card or the loopback splits or joins segments, not TCP",
	"captured after the ACK that covers it",
}

// Reasons returns one sentence for each mark, in the order of Names.
func Reasons(m Marks, w Why) []string {
	texts := []string{}
	for i := range numMarks {
		mark := Marks(1) << i
		switch {
		case !m.Any(mark):
		case w.Reason != NoReason && w.Reason.of().Any(mark):
			texts = append(texts, w.Text())
		default:
			texts = append(texts, plain[i])
		}
	}
	return texts
}

// short prints a duration with three significant digits at most.
func short(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return d.String()
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
