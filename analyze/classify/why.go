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
	TailProbe
	AlreadyAcked
	SmallerPackets
	Early
	ProbeOfClosedWindow
	IdleProbe
	ReorderedBySequence
	ReorderedByTimestamp
	ReorderedByIPID
	LateAfterLoss
	GapBefore
	AckOfUnseen
	AckRepeated
	WindowOpened
	WindowUsedUp
	WindowClosed
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
	case IdleProbe:
		return "nothing was outstanding: this asks whether the other end is still there"
	case ReorderedBySequence:
		return fmt.Sprintf("first copy seen, %s after frame %d, which follows it: too soon for a repetition", short(w.Gap), w.Frame)
	case ReorderedByTimestamp:
		return fmt.Sprintf("first copy seen, after frame %d, which follows it: its timestamp is older", w.Frame)
	case ReorderedByIPID:
		return fmt.Sprintf("first copy seen, after frame %d, which follows it: its IP ID is older", w.Frame)
	case LateAfterLoss:
		return fmt.Sprintf("fills the gap before frame %d %s later: the first copy was lost before it was captured", w.Frame, short(w.Gap))
	case GapBefore:
		return fmt.Sprintf("%d bytes before it are not in the capture", w.N)
	case AckOfUnseen:
		return fmt.Sprintf("acknowledges %d bytes that are not in the capture", w.N)
	case AckRepeated:
		return fmt.Sprintf("repeats the ACK of frame %d, number %d: something after it is missing", w.Frame, w.N)
	case WindowOpened:
		return "acknowledges nothing new, only changes the window"
	case WindowUsedUp:
		return "fills the window that the other end offered to the last byte"
	case WindowClosed:
		return "the receiver's buffer is full: the other end must wait"
	case AnswerToProbe:
		return fmt.Sprintf("answers the window probe of frame %d", w.Frame)
	case AnswerToKeepAlive:
		return fmt.Sprintf("answers the keep-alive of frame %d", w.Frame)
	case NewConnection:
		return "the same addresses and ports as an earlier connection, with a new initial sequence number"
	}
	return ""
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
