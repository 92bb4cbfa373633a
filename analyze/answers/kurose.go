package answers

import (
	"fmt"
	"strings"
	"time"

	"tcplab/analyze/report"
)

func kurose7() Set {
	return Set{"kurose-v7", "Kurose and Ross, Wireshark lab TCP, 6th and 7th edition", []question{
		{"1", "address and port of the client", clientEnd}, {"2", "address and port of the server", serverEnd},
		{"3", "address and port of the client in your own trace", clientEnd},
		{"4", "sequence number of the SYN, and what marks it as one", synNumber},
		{"5", "sequence number of the SYN,ACK, its acknowledgement number and how the server found it", synackNumber},
		{"6", "sequence number of the segment with the request", request},
		{"7", "the first six data segments: number, time sent, time acknowledged, RTT, EstimatedRTT", rttTable(6)},
		{"8", "lengths of the first six data segments", lengthTable(6)},
		{"9", "least receiver window, and whether it throttled the sender", leastWindow},
		{"10", "retransmitted segments, and what was checked", retransmissions},
		{"11", "bytes that an ACK typically acknowledges; is every other segment acknowledged", perACK},
		{"12", "throughput, and how it was computed", throughput},
		{"13", "slow start and congestion avoidance", flights},
		{"14", "the same in your own trace", flights},
	}}
}

func kurose8() Set {
	return Set{"kurose-v8", "Kurose and Ross, Wireshark lab TCP, 8th edition", []question{
		{"1", "address and port of the client", clientEnd}, {"2", "address and port of the server", serverEnd},
		{"3", "sequence number of the SYN, what marks it as one, and whether selective acknowledgements can be used", synAndSACK},
		{"4", "sequence number of the SYN,ACK, its acknowledgement number and how the server found it", synackNumber},
		{"5", "sequence number of the segment with the request, and its payload", request},
		{"6", "the first two data segments: number, time sent, time acknowledged, RTT, EstimatedRTT", rttTable(2)},
		{"7", "lengths of the first four data segments, header and payload", lengthTable(4)},
		{"8", "least receiver window, and whether it throttled the sender", leastWindow},
		{"9", "retransmitted segments, and what was checked", retransmissions},
		{"10", "bytes that an ACK typically acknowledges among the first ten data segments; is every other segment acknowledged", perACK},
		{"11", "throughput, and how it was computed", throughput},
		{"12", "slow start and congestion avoidance", flights},
		{"13", "the period of the fleets of segments", fleetPeriod},
		{"14", "slow start and congestion avoidance in your own trace", flights},
	}}
}

// opener says how it is known who the client is.
func opener(e *exchange, text string) reply {
	if !e.c.ClientKnown {
		return unknown("no SYN or SYN,ACK shows who opened the connection; its ends are " + place(e.c.Client) + " and " + place(e.c.Server))
	}
	return reply{text, []uint32{e.c.FirstFrame}, "the client is the end that sent the first SYN"}
}

func clientEnd(e *exchange) reply { return opener(e, place(e.c.Client)) }
func serverEnd(e *exchange) reply { return opener(e, place(e.c.Server)) }

func synNumber(e *exchange) reply {
	syn, _, _ := e.handshake()
	if syn == nil {
		return unknown("the SYN was not captured")
	}
	return reply{fmt.Sprintf("%d, shown as 0 when numbers are relative; flags 0x%03x: SYN is set and ACK is not", syn.SeqRaw, flagBits(syn.Flags)), []uint32{syn.Frame},
		"a SYN without ACK is the first of the three segments"}
}

func synAndSACK(e *exchange) reply {
	a := synNumber(e)
	if a.text == "" {
		return a
	}
	o := e.c.Options
	if o.Client == nil || o.Server == nil {
		a.note = "whether both ends offered SACK is not known: a SYN is missing"
		return a
	}
	word := map[bool]string{true: "yes", false: "no"}
	a.text += fmt.Sprintf("; SACK permitted: client %s, server %s, so it can be used: %s", word[o.Client.SACKPermitted],
		word[o.Server.SACKPermitted], word[o.Client.SACKPermitted && o.Server.SACKPermitted])
	a.frames = append(a.frames, e.c.Handshake.SYNACK)
	return a
}

func synackNumber(e *exchange) reply {
	syn, synack, _ := e.handshake()
	if synack == nil {
		return unknown("no SYN,ACK was captured")
	}
	if syn == nil {
		return reply{fmt.Sprintf("%d, acknowledging %d; SYN and ACK are set", synack.SeqRaw, synack.AckRaw), []uint32{synack.Frame}, "the SYN it answers was not captured"}
	}
	text := fmt.Sprintf("%d (relative 0); acknowledgement %d = %d + 1, the client's initial number plus one for the SYN; flags 0x%03x: SYN and ACK are set",
		synack.SeqRaw, synack.AckRaw, syn.SeqRaw, flagBits(synack.Flags))
	if synack.AckRaw != syn.SeqRaw+1 {
		text = fmt.Sprintf("%d (relative 0); acknowledgement %d, which is not the client's initial number %d plus one", synack.SeqRaw, synack.AckRaw, syn.SeqRaw)
	}
	return reply{text, []uint32{syn.Frame, synack.Frame}, ""}
}

// request is the first packet that carries the request, not the last of those that a dissector joins it from.
func request(e *exchange) reply {
	s := e.find("POST ", "GET ", "PUT ", "HEAD ")
	note := "the packet in which the request begins; a dissector may show it on the last one it was joined from"
	if s == nil {
		if sent := e.payload("c2s"); len(sent) > 0 {
			s, note = sent[0], "there is no HTTP request in the capture; this is the first segment with payload of the client"
		}
	}
	if s == nil {
		return unknown("the client sent no payload")
	}
	total := e.c.ClientToServer.UniqueBytes
	return reply{fmt.Sprintf("%d relative, %d raw; %d bytes of payload, of %d that the client sent in all; segments: %d",
		s.Seq, s.SeqRaw, s.Len, total, len(e.payload("c2s"))), []uint32{s.Frame}, note}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }

func rttTable(n int) func(*exchange) reply {
	return func(e *exchange) reply {
		var rows []string
		var proof []uint32
		shared := false
		last := uint32(0)
		for i, s := range e.samples(n) {
			proof = append(proof, s.seg.Frame)
			sent := fmt.Sprintf("%d: seq %d, sent %s s", i+1, s.seg.Seq, seconds(time.Duration(s.seg.Time)))
			if s.ack == nil {
				rows = append(rows, sent+", never acknowledged in the capture")
				continue
			}
			proof = append(proof, s.ack.Frame)
			shared, last = shared || s.ack.Frame == last, s.ack.Frame
			rows = append(rows, fmt.Sprintf("%s, acknowledged %s s in frame %d, RTT %s s, EstimatedRTT %s s", sent,
				seconds(time.Duration(s.ack.Time)), s.ack.Frame, seconds(s.rtt), seconds(s.est)))
		}
		if rows == nil {
			return unknown("no payload was captured")
		}
		note := "EstimatedRTT = 7/8 EstimatedRTT + 1/8 RTT, beginning with the first RTT; the acknowledgement is the first at or beyond seq + length, as the capturing host saw it"
		if shared {
			note += "; some segments share one cumulative ACK"
		}
		if len(rows) < n {
			note += fmt.Sprintf("; data segments in the capture: %d", len(rows))
		}
		return reply{strings.Join(rows, "\n"), proof, note}
	}
}

func lengthTable(n int) func(*exchange) reply {
	return func(e *exchange) reply {
		var rows []string
		var proof []uint32
		for i, s := range e.data[:min(n, len(e.data))] {
			row := fmt.Sprintf("%d: %d bytes of payload", i+1, s.Len)
			if h := headerLength(s.Options); h > 0 {
				row += fmt.Sprintf(", %d with the TCP header of %d", int(s.Len)+h, h)
			}
			rows, proof = append(rows, row), append(proof, s.Frame)
		}
		if rows == nil {
			return unknown("no payload was captured")
		}
		return reply{strings.Join(rows, "\n"), proof, "lengths above the MSS come from segmentation offload: the network card cuts them later"}
	}
}

// half returns what was counted of a direction.
func (e *exchange) half(dir string) *report.Half {
	if dir == "c2s" {
		return &e.c.ClientToServer
	}
	return &e.c.ServerToClient
}
