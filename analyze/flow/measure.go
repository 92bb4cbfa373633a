package flow

import (
	"math"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Measures are the numbers of one direction that tcptrace -l and -r print, under plain names.
type Measures struct {
	ACKSegments, PureACKs, DataSegments, PushedSegments uint64
	SACKSegments, DSACKSegments                         uint64
	MaxSACKBlocks                                       uint8
	SYNs, FINs, UrgentSegments, UrgentBytes             uint64
	CapturedTwice                                       uint64 // copies that the capture made
	RetransmittedBytes                                  uint64
	MaxRetransmissions                                  uint64 // of one segment
	RetransmitGap                                       Spread // from the copy before
	ZeroWindowProbes, ZeroWindowProbeBytes              uint64
	MinSegment, MaxSegment                              uint32 // payload bytes
	MinWindow, MaxWindow                                uint32 // advertised (the least that is not 0), scaled, of segments without SYN and RST
	AvgWindow                                           float64
	InitialBytes, InitialSegments                       uint64        // sent before the first ACK of data
	StreamBytes                                         uint64        // from SYN to FIN, 0 when one of them was not seen
	TruncatedBytes, TruncatedSegments                   uint64        // cut by the snap length
	DataTime                                            time.Duration // from the first data segment to the last
	IdleMax                                             time.Duration // between two packets of this direction
	Throughput                                          float64       // unique bytes per second of the connection's duration
	RTT                                                 Spread
	FullSizeRTT                                         Spread           // of the segments as long as the longest by then
	RepeatedRTT                                         Spread           // of those sent more than once, since the latest copy
	HandshakeRTT                                        time.Duration    // of the SYN
	Limited                                             [3]time.Duration // by classify.Limit, from the first data to the last ACK of it
	AmbiguousACKs                                       uint64           // of segments sent more than once: no sample (RFC 6298, 3)
	PostLossACKs                                        uint64           // of segments sent once, which waited for one before that was sent again
	CumulativelyAcked                                   uint64           // segments acknowledged together with a later one
	TripleDuplicateACKs                                 uint64           // times the other end repeated an ACK three times
}

// Spread summarises durations.
type Spread struct {
	N                 uint64
	Min, Max, Avg, SD time.Duration
}

// spread collects durations for a Spread (Welford's method).
type spread struct {
	n         uint64
	min, max  float64
	mean, sum float64
}

func (s *spread) add(d time.Duration) {
	v := float64(d)
	if s.n == 0 || v < s.min {
		s.min = v
	}
	s.max = max(s.max, v)
	s.n++
	delta := v - s.mean
	s.mean += delta / float64(s.n)
	s.sum += delta * (v - s.mean)
}

func (s *spread) result() Spread {
	out := Spread{N: s.n, Min: time.Duration(s.min), Max: time.Duration(s.max), Avg: time.Duration(math.Round(s.mean))}
	if s.n > 1 {
		out.SD = time.Duration(math.Round(math.Sqrt(s.sum / float64(s.n-1))))
	}
	return out
}

// trips are the round trips of one direction.
type trips struct {
	all, fullSize, repeated spread
	size                    uint32 // of the longest segment yet that was acknowledged
}

// take adds what an ACK of the other end tells.
func (t *trips) take(j *classify.Judgement, m *Measures) {
	a := &j.Answers
	switch {
	case a.Ambiguous:
		m.AmbiguousACKs++
		t.repeated.add(a.SinceLast)
	case a.PostLoss:
		m.PostLossACKs++
	}
	if j.RTT <= 0 {
		return
	}
	t.all.add(j.RTT)
	if a.Size > t.size {
		t.size, t.fullSize = a.Size, spread{}
	}
	if a.Size == t.size {
		t.fullSize.add(j.RTT)
	}
}

// measure collects the Measures of one direction.
type measure struct {
	m         Measures
	gaps      spread
	trips     trips
	windows   uint64
	windowSum float64
	last      capture.Stamp
	seen      bool
	ackedData bool // the other end has acknowledged data
	firstData capture.Stamp
	limit     classify.Limit
	since     capture.Stamp // when limit began; 0 before the first data
	lastData  capture.Stamp
	synSeq    wire.Seq
	finSeq    wire.Seq
	hasSYN    bool
	hasFIN    bool
}

// take accounts for a segment of this direction; peer measures the other one.
func (x *measure) take(s *wire.Segment, j *classify.Judgement, peer *measure) {
	m := &x.m
	if x.seen {
		m.IdleMax = max(m.IdleMax, s.Time.Sub(x.last))
	}
	x.seen, x.last = true, s.Time
	x.flags(s)
	x.window(s, j)
	if s.Len > 0 {
		x.data(s, j)
	}
	if j.Marks.Any(classify.AnyRetransmission) && s.Len > 0 {
		m.RetransmittedBytes += uint64(j.Repeated)
		if j.Tries > 1 {
			m.MaxRetransmissions = max(m.MaxRetransmissions, uint64(j.Tries)-1)
			x.gaps.add(j.SinceCopy)
		}
	}
	if j.Marks.Any(classify.ZeroWindowProbe) {
		m.ZeroWindowProbes++
		m.ZeroWindowProbeBytes += uint64(s.Len)
	}
	x.acknowledges(s, j, peer)
}

// attribute adds the time since the last segment of either direction to what limited this one during it.
func (x *measure) attribute(now capture.Stamp, limit classify.Limit) {
	if x.m.DataSegments == 0 {
		return
	}
	if x.since != 0 && now > x.since {
		x.m.Limited[x.limit] += now.Sub(x.since)
	}
	x.limit, x.since = limit, now
}

func (x *measure) flags(s *wire.Segment) {
	m := &x.m
	control := s.Flags.Any(wire.SYN | wire.FIN | wire.RST)
	if s.Flags.Any(wire.ACK) {
		m.ACKSegments++
		if s.Len == 0 && !control {
			m.PureACKs++
		}
	}
	if s.Flags.Any(wire.SYN) {
		m.SYNs++
		x.synSeq, x.hasSYN = s.Seq, true
	}
	if s.Flags.Any(wire.FIN) {
		m.FINs++
		x.finSeq, x.hasFIN = s.End()-1, true
	}
	if s.Flags.Any(wire.URG) {
		m.UrgentSegments++
		m.UrgentBytes += uint64(s.Urgent)
	}
	if s.Options.NumSACK > 0 {
		m.SACKSegments++
		m.MaxSACKBlocks = max(m.MaxSACKBlocks, s.Options.NumSACK)
		if _, dup := wire.DSACK(s.Ack, s.Options.SACK[:s.Options.NumSACK]); dup {
			m.DSACKSegments++
		}
	}
}

func (x *measure) window(s *wire.Segment, j *classify.Judgement) {
	if s.Flags.Any(wire.SYN|wire.RST) || !s.Flags.Any(wire.ACK) {
		return
	}
	m := &x.m
	if j.Window > 0 && (m.MinWindow == 0 || j.Window < m.MinWindow) {
		m.MinWindow = j.Window
	}
	m.MaxWindow = max(m.MaxWindow, j.Window)
	x.windows++
	x.windowSum += float64(j.Window)
}

func (x *measure) data(s *wire.Segment, j *classify.Judgement) {
	m := &x.m
	if m.DataSegments == 0 {
		x.firstData, m.MinSegment = s.Time, s.Len
	}
	x.lastData = s.Time
	m.DataSegments++
	m.MinSegment, m.MaxSegment = min(m.MinSegment, s.Len), max(m.MaxSegment, s.Len)
	if s.Flags.Any(wire.PSH) {
		m.PushedSegments++
	}
	if have := uint32(len(s.Payload)); have < s.Len {
		m.TruncatedSegments++
		m.TruncatedBytes += uint64(s.Len - have)
	}
	if !x.ackedData {
		m.InitialBytes += uint64(j.New)
		m.InitialSegments++
	}
}

// acknowledges accounts for what a segment says of the other direction.
func (x *measure) acknowledges(s *wire.Segment, j *classify.Judgement, peer *measure) {
	peer.trips.take(j, &peer.m)
	if j.RTT > 0 && peer.hasSYN && s.Ack == peer.synSeq+1 {
		peer.m.HandshakeRTT = j.RTT
	}
	if j.Covered > 1 {
		peer.m.CumulativelyAcked += uint64(j.Covered - 1)
	}
	if j.Covered > 0 && peer.m.DataSegments > 0 {
		peer.ackedData = true
	}
	if j.Marks.Any(classify.DuplicateAck) && j.Why.N == 3 {
		peer.m.TripleDuplicateACKs++
	}
}

// result completes the measures of a direction that carried unique bytes in a connection of the given duration.
func (x *measure) result(unique uint64, duration time.Duration) *Measures {
	m := x.m
	m.RetransmitGap = x.gaps.result()
	m.RTT, m.FullSizeRTT, m.RepeatedRTT = x.trips.all.result(), x.trips.fullSize.result(), x.trips.repeated.result()
	if x.windows > 0 {
		m.AvgWindow = x.windowSum / float64(x.windows)
	}
	if x.hasSYN && x.hasFIN {
		m.StreamBytes = uint64(x.finSeq - x.synSeq - 1)
	}
	if !x.hasSYN { // nothing shows that what was seen first was first
		m.InitialBytes, m.InitialSegments = 0, 0
	}
	if m.DataSegments > 0 {
		m.DataTime = x.lastData.Sub(x.firstData)
	}
	if duration > 0 {
		m.Throughput = float64(unique) / duration.Seconds()
	}
	return &m
}
