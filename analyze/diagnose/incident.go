package diagnose

import (
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// Symptoms is a set of Symptom.
type Symptoms uint16

// Of returns the set of the given symptoms.
func Of(list ...Symptom) Symptoms {
	var s Symptoms
	for _, symptom := range list {
		s |= 1 << symptom
	}
	return s
}

// Has reports whether the set holds symptom.
func (s Symptoms) Has(symptom Symptom) bool { return s&(1<<symptom) != 0 }

const (
	refused  = Symptoms(1 << Refused)
	noAnswer = Symptoms(1 << NoAnswer)
	reset    = Symptoms(1 << ResetBy)
	ending   = Symptoms(1 << OddEnding)
	slow     = Symptoms(1 << Slow)
	always   = Symptoms(1<<Artefact | 1<<Harmless)
)

// patience is how long a connection may take before anyone asks why: below it only a stall is worth a finding.
const patience = 150 * time.Millisecond

// stall is the shortest pause with a cause of its own: a delayed ACK of Linux, less what timers are early.
const stall = 35 * time.Millisecond

// Incident says what there is to judge about a connection; the empty set for a healthy one. It looks at counters only,
// so that a capture of millions of healthy connections costs nothing here.
func Incident(c *flow.Conversation) Symptoms {
	s := opening(c) | closing(c)
	if waits(c) {
		s |= slow
	}
	if s != 0 || againOnItsPorts(c) || c.Handshake.Kind == "simultaneous" {
		s |= always
	}
	return s
}

// againOnItsPorts: an earlier connection had the same addresses and ports.
func againOnItsPorts(c *flow.Conversation) bool {
	return len(c.Rows) > 0 && c.Rows[0].Marks.Any(classify.PortReused)
}

// opening judges the handshake.
func opening(c *flow.Conversation) Symptoms {
	client, server := &c.Half[flow.ToServer], &c.Half[flow.ToClient]
	switch {
	case c.Reset != nil && c.Reset.AnswersSYN:
		return refused
	case c.ClientPort == c.ServerPort && c.Client == c.Server:
		return ending // connected to itself
	case !server.SYN.Seen && len(c.ICMP) > 0 && client.SYN.Seen:
		return refused | noAnswer
	case client.SYN.Seen && server.Packets == 0:
		return noAnswer
	case client.SYN.Seen && c.Handshake.ACK == 0:
		return noAnswer | ending
	case len(c.SYNs) > 1:
		return noAnswer | slow
	case !client.SYN.Seen && !server.SYN.Seen && c.Frames <= 4:
		return ending // a lone probe, or the tail of a connection
	}
	return 0
}

// closing judges the end.
func closing(c *flow.Conversation) Symptoms {
	switch {
	case c.Reset != nil && !c.Reset.AnswersSYN:
		return reset | ending
	case c.Reset != nil && c.Frames == 2:
		return 0 // a SYN and its refusal: it ended before it began
	}
	if len(c.ICMP) > 0 {
		return ending
	}
	client, server := &c.Half[flow.ToServer], &c.Half[flow.ToClient]
	switch {
	case client.Resets+server.Resets > 0:
		return reset | ending // RSTs that had no effect
	case server.PayloadBytes == 0 && c.Close.By == "server":
		return ending // closed without a word
	case endsInAlert(c), speaksPast(c):
		return ending
	case c.Close.Kind == "four-way" || c.Close.Kind == "three-way":
		return 0
	}
	if c.Close.Kind != "none" || c.Half[0].Retransmissions+c.Half[1].Retransmissions > 0 {
		return ending
	}
	if c.Duration() > patience || client.PayloadBytes > 0 && server.PayloadBytes == 0 && c.Until.Sub(c.Last) > Unanswered {
		return ending
	}
	return 0
}

// Unanswered is how long what a client said stays without an answer before that is odd.
const Unanswered = 3 * time.Second

// waits reports whether the connection lost time.
func waits(c *flow.Conversation) bool {
	a, b := &c.Half[0], &c.Half[1]
	if !a.SYN.Seen && !b.SYN.Seen && a.PayloadBytes+b.PayloadBytes == 0 {
		return false
	}
	return c.Duration() > stall && (a.PayloadBytes+b.PayloadBytes > 0) ||
		a.Retransmissions+b.Retransmissions+a.ZeroWindows+b.ZeroWindows+a.WindowFulls+b.WindowFulls+
			a.OutOfOrder+b.OutOfOrder+a.DuplicateACKs+b.DuplicateACKs+a.Checksums.Refused+b.Checksums.Refused+a.ECEs+b.ECEs+a.DSACKs+b.DSACKs > 0 ||
		a.SYN.Flags.Any(wire.ECE) || small(&a.SYN) || small(&b.SYN) || a.SYN.Options&wire.HasWindowScale != 0 && b.SYN.Seen && b.SYN.Options&wire.HasWindowScale == 0
}

// small reports whether a SYN asks for segments smaller than every host must take (RFC 9293, 3.7.1).
func small(s *flow.SYNInfo) bool { return s.Seen && s.MSS > 0 && s.MSS < 536 }

// Content types of TLS records (RFC 8446, 5.1).
const (
	tlsAlert     = 21
	tlsHandshake = 22
)

// alertLen is the length of a TLS alert record in the clear (RFC 8446, 6).
const alertLen = 7

// endsInAlert reports whether the last bytes of the connection are a TLS alert in the clear.
func endsInAlert(c *flow.Conversation) bool {
	for i := len(c.Rows) - 1; i >= 0; i-- {
		if r := &c.Rows[i]; r.Len > 0 {
			return record(r, tlsAlert) && r.Len == alertLen // an encrypted one is longer, and ends many a healthy connection
		}
	}
	return false
}

// speaksPast reports whether one end begins with a TLS handshake, and the other answers in no record of TLS at all.
func speaksPast(c *flow.Conversation) bool {
	var hello *flow.Row
	for i := range c.Rows {
		switch r := &c.Rows[i]; {
		case r.Len == 0:
		case hello == nil && (r.Seq != 1 || !record(r, tlsHandshake)):
			return false
		case hello == nil:
			hello = r
		case r.Dir != hello.Dir:
			return r.Seq == 1 && len(r.Said()) > 2 && !record(r, tlsHandshake) && !record(r, tlsAlert)
		}
	}
	return false
}

// record reports whether a segment begins with a TLS record of that type.
func record(r *flow.Row, kind byte) bool {
	said := r.Said()
	return len(said) > 2 && said[0] == kind && said[1] == 3
}
