package answers

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tcplab/analyze/report"
)

func vu() Set {
	return Set{"vu-a2", "VU Amsterdam, computer networks lab A2", []question{
		{"1", "which segments are the handshake, and how can you tell", handshakeRoles},
		{"2", "the absolute initial sequence numbers; are they as expected", initialNumbers},
		{"3", "which bytes are the messages", messages},
		{"4", "which flags are set on the segments with messages", messageFlags},
		{"5", "where is each message acknowledged by TCP, and where by the application", messageACKs},
		{"6", "how do the sequence and acknowledgement numbers move", ledger},
		{"7", "which segments close the connection, and how can you tell", closing},
	}}
}

func cisco() Set {
	return Set{"cisco-3whs", "Cisco Networking Academy, the three-way handshake", []question{
		{"1", "source port of the first segment, and its class", portClass(true)},
		{"2", "destination port of the first segment, and its class", portClass(false)},
		{"3", "flags and relative numbers of the first segment", third(0)},
		{"4", "flags and relative numbers of the second segment", third(1)},
		{"5", "flags and relative numbers of the third segment", third(2)},
	}}
}

func daytime() Set {
	return Set{"daytime", "a daytime service under capture", []question{
		{"1", "which frames are the handshake", handshakeRoles},
		{"2", "the client's port, and why that one", portClass(true)},
		{"3", "which frame holds the date", date},
		{"4", "what SYN and ACK mean in them", meaning},
		{"5", "who initiated the closing, and how can you tell", closer},
	}}
}

func handshakeRoles(e *exchange) reply {
	syn, synack, ack := e.handshake()
	if syn == nil || synack == nil || ack == nil {
		return unknown("the handshake is not complete in the capture")
	}
	return reply{fmt.Sprintf("frame %d: SYN, number %d; frame %d: SYN,ACK, number %d, acknowledges %d + 1; frame %d: ACK, acknowledges %d + 1",
		syn.Frame, syn.SeqRaw, synack.Frame, synack.SeqRaw, syn.SeqRaw, ack.Frame, synack.SeqRaw),
		[]uint32{syn.Frame, synack.Frame, ack.Frame}, "SYN is set in the first two only, and each acknowledges the other's number plus one"}
}

func initialNumbers(e *exchange) reply {
	syn, synack, _ := e.handshake()
	if syn == nil || synack == nil {
		return unknown("a SYN was not captured")
	}
	return reply{fmt.Sprintf("client %d, server %d", syn.SeqRaw, synack.SeqRaw), []uint32{syn.Frame, synack.Frame},
		"they are not 0: they are chosen so that nobody can guess them (RFC 9293, 3.4.1); tools show them as 0"}
}

// spoken are the segments with payload of both directions, in order.
func (e *exchange) spoken() (list []*report.Segment) {
	list = append(e.payload("c2s"), e.payload("s2c")...)
	slices.SortFunc(list, func(a, b *report.Segment) int { return int(a.Frame) - int(b.Frame) })
	return list
}

// each writes a line for the first messages.
func (e *exchange) each(line func(*report.Segment) string) reply {
	const most = 20
	var rows []string
	var proof []uint32
	for _, s := range e.spoken() {
		if len(rows) == most {
			return reply{strings.Join(rows, "\n"), proof, fmt.Sprintf("the first %d segments with payload", most)}
		}
		rows, proof = append(rows, fmt.Sprintf("frame %d, %s: %s", s.Frame, name(s.Dir), line(s))), append(proof, s.Frame)
	}
	if rows == nil {
		return unknown("no payload was captured")
	}
	return reply{strings.Join(rows, "\n"), proof, ""}
}

func messages(e *exchange) reply {
	return e.each(func(s *report.Segment) string {
		const shown = 48
		text := fmt.Sprintf("%q", s.Payload[:min(shown, len(s.Payload))])
		return fmt.Sprintf("the last %d bytes of the segment, from number %d: %s", s.Len, s.Seq, text)
	})
}

func messageFlags(e *exchange) reply {
	a := e.each(func(s *report.Segment) string {
		if strings.Contains(s.Flags, "P") {
			return "PSH, ACK"
		}
		return "ACK without PSH"
	})
	if a.text != "" {
		a.note = "Linux sets PSH on the segment that empties the send buffer, so at the end of most writes"
	}
	return a
}

func messageACKs(e *exchange) reply {
	return e.each(func(s *report.Segment) string {
		text := "not acknowledged in the capture"
		if ack := e.acked(s, s.Seq+int64(s.Len)); ack != nil {
			text = fmt.Sprintf("acknowledged by TCP in frame %d (ack %d)", ack.Frame, ack.Ack)
		}
		for _, r := range e.spoken() {
			if r.Frame > s.Frame && r.Dir != s.Dir {
				return text + fmt.Sprintf(", the next message of the other end is frame %d", r.Frame)
			}
		}
		return text + ", the other end sends no message afterwards"
	})
}

func ledger(e *exchange) reply {
	a := e.each(func(s *report.Segment) string {
		return fmt.Sprintf("number %d + %d bytes: the next is %d, and %d is what it expects", s.Seq, s.Len, s.Seq+int64(s.Len), s.Ack)
	})
	if a.text != "" {
		a.note = "every byte takes one number; SYN and FIN take one each"
	}
	return a
}

// closing names each FIN with the first ACK that covers it: the next ACK need not.
func closing(e *exchange) reply {
	var rows []string
	var proof []uint32
	for i := range e.c.Segments {
		s := &e.c.Segments[i]
		switch {
		case strings.Contains(s.Flags, "R"):
			rows, proof = append(rows, fmt.Sprintf("frame %d: RST of the %s", s.Frame, name(s.Dir))), append(proof, s.Frame)
		case strings.Contains(s.Flags, "F") && !marked(s, "retransmission"):
			row := fmt.Sprintf("frame %d: FIN of the %s", s.Frame, name(s.Dir))
			proof = append(proof, s.Frame)
			if ack := e.acked(s, s.Seq+int64(s.Len)+1); ack != nil {
				row += fmt.Sprintf(", acknowledged in frame %d (ack %d)", ack.Frame, ack.Ack)
				proof = append(proof, ack.Frame)
			}
			rows = append(rows, row)
		}
	}
	if rows == nil {
		return unknown("the connection was not closed in the capture")
	}
	return reply{strings.Join(rows, "\n"), slices.Compact(slices.Sorted(slices.Values(proof))), "the close is " + e.c.Close.Kind}
}

func closer(e *exchange) reply {
	switch e.c.Close.By {
	case "":
		return unknown("the connection was not closed in the capture")
	case "both":
		return reply{"both: neither FIN acknowledges the other", e.c.Close.Frames, "a simultaneous close"}
	}
	note := "it sent the first FIN, and the other end's FIN acknowledges it"
	switch e.c.Close.Kind {
	case "half":
		note = "it sent the only FIN in the capture"
	case "reset":
		note = "it sent the RST that ended the connection"
	}
	return reply{"the " + e.c.Close.By, e.c.Close.Frames, note}
}

func portClass(source bool) func(*exchange) reply {
	return func(e *exchange) reply {
		port, why := e.c.Server.Port, ""
		if source {
			port, why = e.c.Client.Port, "a client that binds no port is given one by its kernel"
		}
		class := "dynamic or private"
		switch {
		case port < 1024:
			class = "well-known"
		case port < 49152:
			class = "registered"
			if source && port >= 32768 {
				why += "; Linux takes them from 32768 on, below the range that IANA sets aside"
			}
		}
		return opener(e, fmt.Sprintf("%d, %s", port, class)).with(why)
	}
}

// with adds to the note of an answer.
func (r reply) with(note string) reply {
	if r.text != "" && note != "" {
		r.note += "; " + note
	}
	return r
}

// third describes a segment of the handshake.
func third(n int) func(*exchange) reply {
	return func(e *exchange) reply {
		syn, synack, ack := e.handshake()
		s := []*report.Segment{syn, synack, ack}[n]
		if s == nil {
			return unknown("it was not captured")
		}
		flags := map[string]string{"S": "SYN", "S.": "SYN, ACK", ".": "ACK"}[s.Flags]
		if flags == "" {
			flags = s.Flags
		}
		text := fmt.Sprintf("%s; sequence number %d", flags, s.Seq)
		if n > 0 {
			text += fmt.Sprintf(", acknowledgement number %d", s.Ack)
		}
		return reply{text, []uint32{s.Frame}, ""}
	}
}

var clock = regexp.MustCompile(`\d\d:\d\d:\d\d`)

func date(e *exchange) reply {
	for _, s := range e.payload("s2c") {
		if clock.Match(s.Payload) {
			return reply{fmt.Sprintf("frame %d: %q", s.Frame, s.Payload), []uint32{s.Frame}, ""}
		}
	}
	return unknown("no segment of the server holds a time of day")
}

// meaning says what the flags of the handshake stand for, by the numbers of this one.
func meaning(e *exchange) reply {
	syn, synack, ack := e.handshake()
	if syn == nil || synack == nil || ack == nil {
		return unknown("the handshake is not complete in the capture")
	}
	return reply{fmt.Sprintf("SYN: the sender's numbers begin here, at %d and %d; ACK: the acknowledgement number counts, and names the next one expected, %d and %d",
		syn.SeqRaw, synack.SeqRaw, synack.AckRaw, ack.AckRaw), []uint32{syn.Frame, synack.Frame, ack.Frame}, ""}
}
