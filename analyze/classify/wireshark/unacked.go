package wireshark

import (
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// entry is a segment that awaits its acknowledgement.
type entry struct {
	start, end wire.Seq
	frame      uint32
	time       capture.Stamp
}

// unacked are the segments of one direction that await acknowledgement, oldest first, copies included. The list is bounded
// by low and high, counted from base; Wireshark compares these as plain numbers, so a segment that starts before the base
// counts as far ahead.
type unacked struct {
	list      []entry
	low, high uint32
}

// maxUnacked is where Wireshark stops to remember segments.
const maxUnacked = 10000

// add appends e and reports whether there was room.
func (u *unacked) add(e entry, base wire.Seq) bool {
	if len(u.list) >= maxUnacked {
		return false
	}
	u.list = append(u.list, e)
	u.bound(e, base, len(u.list) == 1)
	return true
}

func (u *unacked) bound(e entry, base wire.Seq, first bool) {
	start, end := uint32(e.start-base), uint32(e.end-base)
	if first {
		u.low, u.high = start, end
		return
	}
	u.low, u.high = min(u.low, start), max(u.high, end)
}

// rebound bounds the list anew, after entries left it or the base moved.
func (u *unacked) rebound(base wire.Seq) {
	for i, e := range u.list {
		u.bound(e, base, i == 0)
	}
}

// oldest returns the first entry.
func (u *unacked) oldest() (entry, bool) {
	if len(u.list) == 0 {
		return entry{}, false
	}
	return u.list[0], true
}

// acknowledge removes what s, a segment of the other direction, acknowledges. Round trip is measured only when it ends
// exactly where a segment ends; of several copies, from the first. RFC 6298, 3 forbids to measure repeated segments.
func (u *unacked) acknowledge(s *wire.Segment, base wire.Seq, r *Result) {
	if len(u.list) == 0 {
		return
	}
	kept := u.list[:0]
	for _, e := range u.list {
		if s.Ack == e.end {
			if r.AcksFrame == 0 {
				r.AcksFrame, r.AckRTT = e.frame, s.Time.Sub(e.time)
			}
			continue
		}
		if !s.Ack.Less(e.end) {
			continue
		}
		if e.start.Less(s.Ack) {
			e.start = s.Ack
		}
		kept = append(kept, e)
	}
	u.list = kept
	u.rebound(base)
}

// inFlight measures what the sender of s has outstanding, by the segments seen, and what it sent since its last push.
func (j *judgement) inFlight() {
	s, f := j.s, j.f
	if j.len == 0 || f.lost || len(f.unacked.list) == 0 {
		return
	}
	f.push(j.len, s.Flags)
	bytes := f.unacked.high - f.unacked.low
	j.recorded = true
	for _, b := range j.r.sack[:j.r.sacks] {
		bytes -= uint32(b.Right - b.Left)
	}
	if s.Flags.Any(wire.SYN | wire.FIN) {
		bytes--
	}
	if plausible(bytes) {
		j.res.BytesInFlight, j.res.PushBytes = bytes, f.pushBytes
	}
}

// plausible reports whether a count of bytes in flight is one that Wireshark keeps.
func plausible(bytes uint32) bool { return bytes > 0 && bytes < maxInFlight }

// maxInFlight is from where on Wireshark takes the bytes in flight for a miscount.
const maxInFlight = 2_000_000_000

// push counts the bytes sent up to a PSH; a segment that follows one starts the count again.
func (f *half) push(length uint32, flags wire.Flags) {
	if f.pushed {
		f.pushBytes = 0
	}
	f.pushBytes += length
	f.pushed = flags.Has(wire.PSH)
}
