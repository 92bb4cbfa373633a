package wireshark

import (
	"bytes"
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// key names the two ends, the lower address first. VLAN, interface and tunnel are not part of it: Wireshark merges
// connections that only those tell apart.
type key struct {
	lo, hi         wire.Addr
	loPort, hiPort uint16
	v6             bool
}

// stream is one conversation as tcp.stream counts them.
type stream struct {
	id          uint32
	complete    Completeness
	closer      int8 // direction of the first FIN, -1 before it
	loopback    bool // both ends are the same address and port: Wireshark keeps all in one direction
	tfoData     bool // a SYN carried a fast-open cookie and data
	first, last capture.Stamp
	syn         capture.Stamp // of the latest SYN; 0, also a SYN of that time, counts as none
	initialRTT  time.Duration // 0 while unknown
	half        [2]half
}

// half is what one direction has sent, and what its sender has acknowledged.
type half struct {
	base       wire.Seq
	baseKnown  bool
	firstAck   bool // a SYN was sent, and no plain ACK since: its window counts as unscaled
	lost       bool // a gap is open: bytes in flight are not shown
	pushed     bool // the previous data segment had PSH
	sacks      uint8
	scale      int8 // shift, scaleUnknown or scaleUnused
	lastMarks  Marks
	next       wire.Seq // highest sequence number sent, plus one; 0 before the first segment
	maxAck     wire.Seq // next byte after the contiguous ones
	window     uint32   // latest, as sent
	lastAck    wire.Seq // latest ack field, also of a segment without ACK
	lastNonDup uint32   // frame in which the ack field changed
	dupAcks    uint32   // run of duplicate ACKs, or silenced
	nextFrame  uint32   // the frame that set next
	pushBytes  uint32
	nextTime   capture.Stamp
	lastTime   capture.Stamp // of the latest segment
	sack       [3]wire.Block
	unacked    unacked
}

// silenced is the count of duplicate ACKs after an ACK of unseen data: no further one is reported until this direction
// repeats or moves its own ACK.
const silenced = 1<<32 - 1

// noWindow stands for the window of a direction that has sent nothing.
const noWindow = 1<<32 - 1

// header is what opens or finds a stream: of a segment, or of the quote in an ICMP error.
type header struct {
	src, dst         wire.Addr
	srcPort, dstPort uint16
	v6               bool
	seq, ack         wire.Seq
	flags            wire.Flags
	time             capture.Stamp
	len              uint32
}

// key returns the key of h and the direction it goes in: 0 from the lower end.
func (h *header) key() (key, int) {
	order := bytes.Compare(h.src[:], h.dst[:])
	if order < 0 || order == 0 && h.srcPort <= h.dstPort {
		return key{h.src, h.dst, h.srcPort, h.dstPort, h.v6}, 0
	}
	return key{h.dst, h.src, h.dstPort, h.srcPort, h.v6}, 1
}

// open finds or makes the stream of h and takes into it what does not depend on sequence analysis.
func (a *Analyzer) open(h header, r *Result) (*stream, int) {
	k, d := h.key()
	st := a.byKey[k]
	switch {
	case st == nil:
		st = a.add(k, &h)
		st.complete.Update(h.flags, h.len)
	case st.reused(&h, d, r):
		st = a.add(k, &h)
		st.complete = Reused()
	default:
		st.complete.Update(h.flags, h.len)
	}
	r.Stream = st.id
	r.TimeRelative, r.TimeDelta = h.time.Sub(st.first), h.time.Sub(st.last)
	st.last = h.time
	return st, d
}

// add opens the next stream under k. An older stream of the same key gets no segment any more.
func (a *Analyzer) add(k key, h *header) *stream {
	st := &stream{id: uint32(len(a.streams)), closer: -1, first: h.time, last: h.time, loopback: k.lo == k.hi && k.loPort == k.hiPort}
	for i := range st.half {
		st.half[i].window, st.half[i].scale = noWindow, scaleUnknown
	}
	a.streams = append(a.streams, st)
	a.byKey[k] = st
	return st
}

// other returns the direction opposite to d.
func (st *stream) other(d int) int {
	if st.loopback {
		return 1
	}
	return 1 - d
}

// reused reports whether a SYN opens a new stream, and marks reused ports. Only the initial sequence number decides: not
// time, and not whether the old connection had ended.
func (st *stream) reused(h *header, d int, r *Result) bool {
	f := &st.half[d]
	if !h.flags.Has(wire.SYN) || !f.baseKnown {
		return false
	}
	same := h.seq == f.base
	if h.flags.Has(wire.ACK) {
		if !same {
			f.base = h.seq
			f.unacked.rebound(f.base)
			r.Marks |= ReusedPorts
		}
		return false
	}
	if same {
		f.next = f.maxAck // so that a repeated SYN lies behind and is called a retransmission
		return false
	}
	r.Marks |= ReusedPorts
	return true
}

// repeatsSYN reports whether a SYN is one that f has sent or must have sent before.
func (f *half) repeatsSYN(seq wire.Seq, flags wire.Flags) bool {
	return flags&(wire.SYN|wire.ACK) == wire.SYN && f.baseKnown && seq == f.base
}

// roundTrip measures the initial round trip: from the latest SYN to the first ACK that is no SYN, of either direction.
func (st *stream) roundTrip(flags wire.Flags, now capture.Stamp) {
	switch {
	case flags&(wire.SYN|wire.ACK) == wire.SYN:
		st.syn = now
	case flags&(wire.SYN|wire.ACK) == wire.ACK && st.syn != 0 && st.initialRTT == 0:
		st.initialRTT = now.Sub(st.syn)
	}
}

// number sets the bases of relative numbers where they are unknown, and the numbers of s.
func (st *stream) number(s *wire.Segment, length uint32, f, b *half, r *Result) {
	if !f.baseKnown {
		f.base, f.baseKnown = s.Seq-1, true
		if s.Flags.Has(wire.SYN) {
			f.base = s.Seq
		}
	}
	if !b.baseKnown && s.Flags.Has(wire.ACK) {
		b.base, b.baseKnown = s.Ack-1, true
	}
	r.RelSeq, r.RelAck = s.Seq-f.base, s.Ack
	if s.Flags.Has(wire.ACK) {
		r.RelAck -= b.base
	}
	r.NextSeq = r.RelSeq + wire.Seq(length)
	if s.Flags.Any(wire.SYN | wire.FIN) {
		r.NextSeq++
	}
}

// fin says whose FIN this is: the end that sent the first one closes actively, also when it repeats it.
func (st *stream) fin(flags wire.Flags, d int, r *Result) {
	if !flags.Has(wire.FIN) {
		return
	}
	if st.closer < 0 {
		st.closer = int8(d)
	}
	r.FINActive = st.closer == int8(d)
	r.FINPassive = !r.FINActive
}
