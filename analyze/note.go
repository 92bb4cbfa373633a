package analyze

import (
	"fmt"

	"tcplab/analyze/classify"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// narrator says each segment of a conversation in one plain sentence, in order.
type narrator struct {
	conv  *flow.Conversation
	acked [2]wire.Seq // highest relative number of each end's data that was confirmed so far
	last  [2]wire.Seq // next relative number of each end
}

// note returns the sentence of the next row.
func (n *narrator) note(r *flow.Row) string {
	text := n.sentence(r)
	peer := r.Dir.Other()
	if r.Flags.Any(wire.ACK) && n.acked[peer].Less(r.Ack) {
		n.acked[peer] = r.Ack
	}
	n.last[r.Dir] = n.last[r.Dir].Max(r.End())
	return text
}

func (n *narrator) sentence(r *flow.Row) string {
	switch {
	case r.Marks.Any(classify.DuplicateCapture):
		return "the same packet, captured a second time"
	case r.Flags.Any(wire.RST):
		return n.reset(r)
	case r.Flags.Any(wire.SYN):
		return n.opening(r)
	case r.Marks != 0 && r.Marks != classify.Offload:
		if s := n.marked(r); s != "" {
			return s
		}
	}
	switch {
	case r.Flags.Any(wire.FIN):
		return n.fin(r)
	case r.Len > 0:
		return n.data(r)
	}
	return n.ack(r)
}

// opening speaks of SYN and SYN-ACK.
func (n *narrator) opening(r *flow.Row) string {
	who := r.Dir.Sender()
	switch {
	case r.Marks.Any(classify.AnyRetransmission):
		return fmt.Sprintf("no answer yet: the %s sends its %s again", who, r.Flags.Words())
	case r.Seq != 0:
		return fmt.Sprintf("a %s with other numbers, after the handshake: the %s takes nothing of it", r.Flags.Words(), r.Dir.Other().Sender())
	case r.Flags.Any(wire.ACK) && n.conv.Handshake.Kind == "simultaneous":
		return fmt.Sprintf("a SYN answered the SYN of the %s, which now confirms it, 0 + 1", who)
	case r.Flags.Any(wire.ACK):
		return fmt.Sprintf("second of three: the %s agrees, its own numbers begin at 0; confirms the SYN, 0 + 1", who)
	case r.Marks.Any(classify.PortReused):
		return fmt.Sprintf("first of three: the %s asks to open again on the same ports", who)
	}
	return fmt.Sprintf("first of three: the %s asks to open, its numbers begin at 0", who)
}

// reset speaks of a RST.
func (n *narrator) reset(r *flow.Row) string {
	who := r.Dir.Sender()
	c := n.conv
	switch {
	case c.Reset != nil && c.Reset.Frame == r.Frame && c.Reset.AnswersSYN:
		return fmt.Sprintf("refused: the %s's side rejects the SYN it confirms, 0 + 1", who)
	case n.unbelieved(r):
		return "it does not confirm the SYN: the client ignores it"
	case n.missed(r):
		return fmt.Sprintf("it has not the number that the %s expects: the connection lives on (RFC 5961)", r.Dir.Other().Sender())
	case r.Flags.Any(wire.ACK):
		return fmt.Sprintf("the %s aborts: the connection is gone at once, in both directions", who)
	}
	return fmt.Sprintf("the %s's kernel knows no such connection (any more) and says so", who)
}

// unbelieved reports whether a RST came while the SYN was unanswered, and does not refuse it (RFC 9293, 3.10.7.3).
func (n *narrator) unbelieved(r *flow.Row) bool {
	c := n.conv
	if r.Dir != flow.ToClient || !c.Half[flow.ToServer].SYN.Seen || c.Handshake.SYNACK != 0 && c.Handshake.SYNACK < r.Frame {
		return false
	}
	rst := n.resetOf(r)
	return rst != nil && !rst.Obeyed && !rst.AnswersSYN
}

// missed reports whether a RST came while the connection was open, and did not end it: its number was not the next one (RFC 5961, 3.2).
func (n *narrator) missed(r *flow.Row) bool {
	rst := n.resetOf(r)
	if rst == nil || rst.Obeyed || rst.AnswersSYN || rst.Seq == rst.ExpectedSeq || n.conv.Handshake.ACK == 0 || r.Frame < n.conv.Handshake.ACK {
		return false
	}
	return r.State[flow.ToServer] == flow.Established && r.State[flow.ToClient] == flow.Established
}

// resetOf is what is known of a RST, nil when nothing is.
func (n *narrator) resetOf(r *flow.Row) *flow.Reset {
	for i := range n.conv.Resets {
		if rst := &n.conv.Resets[i]; rst.Frame == r.Frame {
			return rst
		}
	}
	return nil
}

// marked speaks of what is unusual about a segment.
func (n *narrator) marked(r *flow.Row) string {
	who, peer := r.Dir.Sender(), r.Dir.Other().Sender()
	switch m := r.Marks; {
	case m.Any(classify.SpuriousRetransmission):
		return fmt.Sprintf("the %s repeats bytes that the %s had confirmed", who, peer)
	case m.Any(classify.FastRetransmission):
		return fmt.Sprintf("the %s repeats what the %s's ACKs said is missing", who, peer)
	case m.Any(classify.Retransmission) && r.Flags.Any(wire.FIN) && r.Len == 0:
		return fmt.Sprintf("no ACK came: the %s sends its FIN again", who)
	case m.Any(classify.Retransmission):
		return fmt.Sprintf("no ACK came: the %s sends %s again", who, span(r))
	case m.Any(classify.OutOfOrder):
		return fmt.Sprintf("%s arrive late: later bytes overtook them", span(r))
	case m.Any(classify.CapturedLate):
		return fmt.Sprintf("%s; the capture wrote the %s's ACK of them first", span(r), peer)
	case m.Any(classify.LostSegment):
		return fmt.Sprintf("%s; bytes before them are missing here", span(r))
	case m.Any(classify.ZeroWindowProbe):
		return fmt.Sprintf("the %s asks whether the %s can take more by now", who, peer)
	case m.Any(classify.KeepAlive):
		return fmt.Sprintf("the %s asks whether the %s is still there", who, peer)
	case m.Any(classify.KeepAliveAck):
		return fmt.Sprintf("the %s is still there", who)
	case m.Any(classify.ZeroWindow):
		return fmt.Sprintf("the %s's buffer is full (window 0): the %s must wait", who, peer)
	case m.Any(classify.DuplicateAck):
		return fmt.Sprintf("the %s still waits for byte %d", who, r.Ack)
	case m.Any(classify.WindowUpdate):
		return fmt.Sprintf("the %s has room again: %d bytes", who, r.Window)
	case m.Any(classify.WindowFull):
		return fmt.Sprintf("%s, which fill the %s's window", span(r), peer)
	case m.Any(classify.AckUnseen):
		return fmt.Sprintf("the %s confirms bytes that the capture does not hold", who)
	}
	return ""
}

// span names the bytes of a row.
func span(r *flow.Row) string {
	if r.Len == 1 {
		return fmt.Sprintf("byte %d", r.Seq)
	}
	return fmt.Sprintf("bytes %d to %d", r.Seq, r.Seq+wire.Seq(r.Len)-1)
}

// data speaks of payload, and of what its ACK confirms on the way.
func (n *narrator) data(r *flow.Row) string {
	text := fmt.Sprintf("the %s sends %s", r.Dir.Sender(), span(r))
	if n.newAck(r) {
		text += fmt.Sprintf(" and confirms all before %d", r.Ack)
	}
	return text
}

func (n *narrator) newAck(r *flow.Row) bool {
	return r.Flags.Any(wire.ACK) && n.acked[r.Dir.Other()].Less(r.Ack) && r.Ack > 1
}

// fin speaks of an end that has nothing more to send.
func (n *narrator) fin(r *flow.Row) string {
	who := r.Dir.Sender()
	number := r.End() - 1
	text := fmt.Sprintf("the %s has sent everything: FIN takes number %d", who, number)
	if r.Len > 0 {
		text = fmt.Sprintf("the %s sends %s, its last: FIN takes number %d", who, span(r), number)
	}
	other := r.State[r.Dir]
	switch {
	case other == flow.LastAck && n.newAck(r):
		text += ", and confirms the other FIN"
	case other == flow.Closing:
		text += "; the two FINs cross"
	}
	return text
}

// ack speaks of a bare ACK.
func (n *narrator) ack(r *flow.Row) string {
	who, peer := r.Dir.Sender(), r.Dir.Other().Sender()
	c := n.conv
	if r.Frame == c.Handshake.ACK && r.Phase == flow.PhaseHandshake {
		return fmt.Sprintf("third of three: the %s confirms the %s's number, 0 + 1", who, peer)
	}
	p := &c.Half[r.Dir.Other()]
	if p.FINAcked == r.Frame {
		return n.finAck(r, who, peer)
	}
	if got := r.Ack.Sub(n.acked[r.Dir.Other()]); got > 0 && n.acked[r.Dir.Other()] > 0 {
		return fmt.Sprintf("the %s confirms %d bytes: everything before %d arrived", who, got, r.Ack)
	}
	return fmt.Sprintf("the %s confirms everything before %d", who, r.Ack)
}

func (n *narrator) finAck(r *flow.Row, who, peer string) string {
	switch state := r.State[r.Dir.Other()]; state {
	case flow.FinWait2:
		return fmt.Sprintf("the %s confirms the FIN; its own direction is still open", who)
	case flow.TimeWait:
		return fmt.Sprintf("the %s confirms the FIN: closed; the %s waits in TIME-WAIT", who, peer)
	}
	if r.State[r.Dir] == flow.TimeWait {
		return fmt.Sprintf("the %s confirms the FIN: closed; it stays in TIME-WAIT for late packets", who)
	}
	return fmt.Sprintf("the %s confirms the FIN", who)
}
