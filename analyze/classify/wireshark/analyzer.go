// Package wireshark judges segments as Wireshark 4.0 does, as a second opinion beside the program's own.
//
// It is an independent statement of the rules, kept for comparison: where the two judgements differ, Explain says why.
// The tests hold it equal to tshark 4.0.17, field by field. What Wireshark is known to get wrong is got wrong here too.
//
// The way of a segment: the stream is found (stream.go), times and window are read (Segment), sequence.go asks its
// questions in Wireshark's order, repetition.go names a repetition, unacked.go measures round trip and bytes in flight.
package wireshark

import (
	"time"

	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Analyzer holds the state of all streams. The zero value is not usable; see New.
type Analyzer struct {
	streams []*stream // by number
	byKey   map[key]*stream
}

// New returns an Analyzer that has seen nothing.
func New() *Analyzer { return &Analyzer{byKey: make(map[key]*stream)} }

// Result is what Wireshark shows of one segment. Frame numbers are 0 where it shows none.
type Result struct {
	Stream         uint32
	RelSeq, RelAck wire.Seq // of an ICMP quote, and RelAck without the ACK flag: as sent
	NextSeq        wire.Seq // relative; not set for an ICMP quote
	Window         uint32   // scaled, when the scale is known
	ScaleFactor    int32    // multiplier; ScaleUnknown, ScaleUnused; 0 for a SYN, which has none
	Marks          Marks
	DupAckNum      uint32
	DupAckFrame    uint32
	RTO            time.Duration
	RTOFrame       uint32
	AckRTT         time.Duration
	AcksFrame      uint32
	InitialRTT     time.Duration
	HasInitialRTT  bool
	BytesInFlight  uint32        // 0 where Wireshark shows none
	PushBytes      uint32        // 0 where Wireshark shows none
	FINActive      bool          // a FIN of the end that closed first
	FINPassive     bool          // a FIN of the other end
	TimeRelative   time.Duration // since the stream's first packet
	TimeDelta      time.Duration // since the stream's previous packet
}

// Segment judges s, the next one in capture order. It keeps nothing of s.
func (a *Analyzer) Segment(s *wire.Segment) Result {
	var r Result
	if s.Beyond > s.Len { // not even the TCP header fits: Wireshark knows no length and does not analyse
		a.header(header{s.Src, s.Dst, s.SrcPort, s.DstPort, s.V6, s.Seq, s.Ack, s.Flags, s.Time, 0}, s.Window, nil, &r)
		return r
	}
	length := s.Len - s.Beyond
	st, d := a.open(header{s.Src, s.Dst, s.SrcPort, s.DstPort, s.V6, s.Seq, s.Ack, s.Flags, s.Time, length}, &r)
	f, b := &st.half[d], &st.half[st.other(d)]
	j := judgement{s: s, len: length, st: st, f: f, r: b, res: &r, marks: r.Marks, recorded: f.repeatsSYN(s.Seq, s.Flags)}
	st.number(s, length, f, b, &r)
	f.readWindow(s.Window, s.Flags, &r)
	j.run()
	st.fin(s.Flags, d, &r)
	st.roundTrip(s.Flags, s.Time)
	if s.Options.Has&wire.CutOptions != 0 {
		return r.withoutAnalysis()
	}
	f.readOptions(&s.Options, s.Flags, b)
	st.fastOpen(&s.Options, s.Flags, length, &r)
	r.InitialRTT, r.HasInitialRTT = st.initialRTT, j.recorded && st.initialRTT != 0
	return r
}

// withoutAnalysis returns what is left of r when the snap length cut the options: Wireshark stops there, before it shows
// its analysis. It has made it, and judges later segments by it.
func (r *Result) withoutAnalysis() Result {
	return Result{Stream: r.Stream, RelSeq: r.RelSeq, RelAck: r.RelAck, NextSeq: r.NextSeq, Window: r.Window,
		ScaleFactor: r.ScaleFactor, FINActive: r.FINActive, FINPassive: r.FINPassive,
		TimeRelative: r.TimeRelative, TimeDelta: r.TimeDelta}
}

// ICMP takes the TCP header that an ICMP error quotes. Wireshark lets it open a stream and move that stream's times; it
// does not analyse its numbers. The second result is false when too little is quoted for Wireshark to tie it to a stream.
func (a *Analyzer) ICMP(q *wire.ICMP) (Result, bool) {
	var r Result
	if q.QuotedTCP < quotedForStream {
		return r, false
	}
	options := &q.Options
	if q.QuotedTCP < q.HeaderLen {
		options = nil
	}
	a.header(header{q.Src, q.Dst, q.SrcPort, q.DstPort, q.V6, q.Seq, q.Ack, q.Flags, q.Time, 0}, q.Window, options, &r)
	return r, true
}

// header takes a TCP header without the length of its segment; options is nil when they are not whole.
func (a *Analyzer) header(h header, window uint16, options *wire.Options, r *Result) {
	st, d := a.open(h, r)
	f, b := &st.half[d], &st.half[st.other(d)]
	r.RelSeq, r.RelAck = h.seq, h.ack
	f.readWindow(window, h.flags, r)
	r.Window = uint32(window)
	st.fin(h.flags, d, r)
	f.sacks = 0
	f.firstAck = f.firstAck || h.flags.Has(wire.SYN)
	st.roundTrip(h.flags, h.time)
	recorded := r.Marks != 0 || f.repeatsSYN(h.seq, h.flags)
	if options == nil {
		r.Marks = 0
		st.fastOpen(&wire.Options{}, h.flags, 0, r)
		return
	}
	f.readOptions(options, h.flags, b)
	st.fastOpen(options, h.flags, 0, r)
	r.InitialRTT, r.HasInitialRTT = st.initialRTT, recorded && st.initialRTT != 0
}

// quotedForStream is how many bytes of a TCP header Wireshark needs to look for the stream.
const quotedForStream = 16

// Streams returns how many streams there are; their numbers are below it.
func (a *Analyzer) Streams() int { return len(a.streams) }

// Completeness returns tcp.completeness as the last frame of the stream shows it in a two-pass run.
func (a *Analyzer) Completeness(stream uint32) uint8 { return a.streams[stream].complete.Value() }

// elapsed is the time between two stamps as Wireshark compares it with a limit: unsigned, so that a clock running
// backwards gives a huge value.
func elapsed(now, then capture.Stamp) uint64 { return uint64(now - then) }
