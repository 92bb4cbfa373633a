package slow

import (
	"syscall"
	"time"

	"tcplab/analyze/classify"
	"tcplab/analyze/diagnose"
	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
)

// PMTUBlackhole: large segments vanish, small ones arrive, and nobody says why.
//
// A router that cannot forward a packet with DF set must say so (RFC 1191, 4; RFC 8201, 3); where that message is filtered
// only the pattern remains (RFC 2923, 2.1).
var PMTUBlackhole = &diagnose.Rule{
	ID: "pmtu-blackhole", Aliases: []string{"pmtu-blackhole-v6", "pmtu-blackhole-probing"}, Title: "large segments vanish and small ones arrive: an MTU black hole",
	Symptom: diagnose.Slow, Also: []diagnose.Symptom{diagnose.OddEnding, diagnose.ResetBy}, Needs: diagnose.BothDirections,
	Cause:      "A link on the path (VPN, tunnel, PPPoE) takes smaller packets only, and the ICMP message that says so is filtered.",
	Fix:        "tracepath HOST; ping -M do -s 1472 HOST;  let ICMP 3/4 and ICMPv6 2 pass, clamp the MSS: nft … tcp option maxseg size set rt mtu;  sysctl net.ipv4.tcp_mtu_probing=1",
	Refs:       []string{"RFC 2923 2.1", "RFC 1191 4", "RFC 8201 4", "RFC 8899"},
	Kernel:     []diagnose.Reason{diagnose.Dropped("PKT_TOO_BIG").Surely()},
	Scenario:   "pmtu-blackhole",
	Implies:    []string{"loss-rto", "loss-tail-tlp", "loss-fast-retransmit", "retries2-timeout"},
	LookAlikes: []string{"loss-rto", "retries2-timeout", "zero-window", "pmtu-ok"},
	Judge:      pmtuBlackhole,
}

// large is the payload from which a segment may be too big for a tunnel.
const large = 1000

func pmtuBlackhole(c *diagnose.Case) diagnose.Verdict {
	for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
		for _, judge := range [...]func(*diagnose.Case, flow.Dir) diagnose.Verdict{probed, behindHole, inPieces} {
			if v := judge(c, d); v.Level > diagnose.No {
				return v
			}
		}
		h := c.Half(d)
		if h.Retransmissions < 2 {
			continue
		}
		var repeats []uint32
		size, passed := uint32(0), uint32(0)
		for i := range c.Conv.Rows {
			r := &c.Conv.Rows[i]
			switch {
			case r.Dir != d || !diagnose.Data(r):
			case r.Marks.Any(classify.AnyRetransmission) && r.Len >= large && h.Acked.LessEq(r.Seq):
				repeats, size = append(repeats, r.Frame), r.Len
			case r.End().LessEq(h.Acked):
				passed = max(passed, r.Len)
			}
		}
		if len(repeats) < 2 || passed >= size || h.LastWindow == 0 && c.Half(d.Other()).LastWindow == 0 {
			continue
		}
		if told := c.FirstICMP(asksSmaller); told != nil && told.Frame < repeats[len(repeats)-1] {
			return diagnose.Ruled("a router asked for smaller packets " + diagnose.Frame(told.Frame))
		}
		beyond, small := sacked(c, d, size), inVain(c, d, size)
		switch any := sacked(c, d, unknownWhole); {
		case any != 0 && beyond == 0:
			return diagnose.Ruled("what arrived behind the hole is as large (SACK) " + diagnose.Seg(any))
		case !c.SYNACK().Seen && beyond == 0:
			continue
		}
		if told := c.SYN().SACKPermitted && c.SYNACK().SACKPermitted; told && beyond == 0 && small != 0 {
			return diagnose.Ruled("a small segment behind the large one does not arrive either, no SACK tells of it " + diagnose.Seg(small))
		}
		v := diagnose.Verdict{Level: diagnose.Likely, Severity: "error", Why: "large segments are never acknowledged", Frames: repeats,
			Evidence: []string{"the " + d.Sender() + " repeats segments of " + diagnose.Count(size, "byte") + " " + diagnose.Times(len(repeats)) + " in vain " + diagnose.Seg(repeats[0])}}
		if passed > 0 {
			v.Evidence = append(v.Evidence, "the largest segment that was acknowledged had "+diagnose.Count(passed, "byte")+" "+diagnose.Seg(c.Conv.LastFrame))
		}
		if beyond != 0 {
			v.Level = diagnose.Strong
			v.Frames = append(v.Frames, beyond)
			v.Evidence = append(v.Evidence, "what was sent behind it arrived (SACK), so the path lives "+diagnose.Seg(beyond))
		} else if passed > 0 && small == 0 {
			v.Level = diagnose.Strong
		}
		return v
	}
	return diagnose.Ruled("no large segment was repeated in vain")
}

// inVain is the first segment much smaller than size that d sent behind what was never acknowledged; 0 when there is none.
func inVain(c *diagnose.Case, d flow.Dir, size uint32) uint32 {
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Dir == d && r.End() != r.Seq && r.Len < size/2 && c.Half(d).Acked.Less(r.Seq) {
			return r.Frame
		}
	}
	return 0
}

// probed judges a hole that the sender found by itself: a large segment repeated in vain, and at once acknowledged in smaller
// pieces (RFC 4821, 7; Linux's tcp_mtu_probing).
func probed(c *diagnose.Case, d flow.Dir) diagnose.Verdict {
	const least = 3 // copies; a first repetition may itself be smaller
	if c.Half(d).Retransmissions < least || c.FirstICMP(asksSmaller) != nil {
		return diagnose.Verdict{}
	}
	whole := wholeSegment(c)
	packet := func(r *flow.Row) uint32 { return min(r.Len, whole) } // a super-segment leaves in packets that are no longer
	copies := map[wire.Seq][]*flow.Row{}                            // of each large segment
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		if r.Dir != d || !diagnose.Data(r) || r.Marks.Any(classify.DuplicateCapture) {
			continue
		}
		sent := copies[r.Seq]
		if r.Len >= large && (len(sent) == 0 || packet(r) == packet(sent[0])) {
			copies[r.Seq] = append(sent, r)
		}
		if len(sent) < least || packet(r) >= packet(sent[0]) || c.Half(d).Acked.Less(r.End()) {
			continue
		}
		return diagnose.Verdict{Level: diagnose.Strong, Severity: "error", Why: "large segments vanish, smaller ones arrive",
			Frames: []uint32{sent[0].Frame, sent[len(sent)-1].Frame, r.Frame},
			Title:  "large segments vanish and smaller ones arrive: an MTU black hole, which the sender found by itself",
			Evidence: []string{"the " + d.Sender() + " sends a segment of " + diagnose.Num(packet(sent[0])) + " bytes " + diagnose.Num(len(sent)) + " times in vain " + diagnose.Seg(sent[0].Frame),
				"then the same bytes in a segment of " + diagnose.Num(r.Len) + ", which is acknowledged " + diagnose.Seg(r.Frame)}}
	}
	return diagnose.Verdict{}
}

// repeats is how long it takes a Linux sender to repeat three times what is missing: its first timer is 200 ms more than the round trip,
// and each that follows takes twice as long (RFC 6298, 5.5; its least, a second, is not Linux's).
func repeats(c *diagnose.Case) time.Duration {
	return 7 * (200*time.Millisecond + c.Conv.Handshake.RTT)
}

// behindHole judges a capture behind the hole, where what vanishes is never seen: a smaller segment came that was sent behind whole
// ones, these never come, and what else their sender says does.
func behindHole(c *diagnose.Case, d flow.Dir) diagnose.Verdict {
	beyond, missing, whole := neverCame(c, d)
	if beyond == nil {
		return diagnose.Verdict{}
	}
	alive := c.FirstAfter(beyond.Frame, d, func(r *flow.Row) bool { return r.Time.Sub(beyond.Time) >= repeats(c) })
	lacks := c.FirstAfter(beyond.Frame, d.Other(), func(r *flow.Row) bool { return r.Ack == c.Half(d).Acked })
	if alive == nil || lacks == nil {
		return diagnose.Verdict{}
	}
	v := diagnose.Verdict{Level: diagnose.Likely, Severity: "error", Why: "whole segments never come, smaller ones do", Frames: []uint32{beyond.Frame, lacks.Frame, alive.Frame},
		Evidence: []string{"the " + d.Sender() + " had sent " + diagnose.Count(missing, "byte") + ", as much as " + diagnose.Count(missing/whole, "whole segment") + " of " + diagnose.Num(whole) +
			", before a smaller segment that came " + diagnose.Seg(beyond.Frame),
			"they never come, and the " + d.Other().Sender() + " says that it lacks them " + diagnose.Seg(lacks.Frame),
			diagnose.Took(alive.Time.Sub(beyond.Time)) + " later the " + d.Sender() + " still sends, and that arrives " + diagnose.Seg(alive.Frame)}}
	if failed := c.FailedCall(d); failed != nil && failed.Errno == syscall.ETIMEDOUT {
		v.Calls, v.Evidence = []uint32{failed.Number}, append(v.Evidence, "its kernel repeated them until it gave up: "+diagnose.SeenBy(failed)+" (call "+diagnose.Num(failed.Number)+")")
	} else if alive.Flags.Any(wire.RST) { // its socket may have been gone for long
		v.Level, v.Reason = diagnose.Possible, "cannot be told apart: only a capture at the "+d.Sender()+" shows whether it repeated them"
	}
	return v
}

// unknownWhole is more than a segment holds: the SYNs that say how much it does were not both captured.
const unknownWhole = 1 << 20

// wholeSegment is the most payload that both ends let a segment have.
func wholeSegment(c *diagnose.Case) uint32 {
	whole := uint32(min(c.SYN().MSS, c.SYNACK().MSS))
	switch {
	case whole == 0:
		return unknownWhole
	case c.SYN().Timestamps && c.SYNACK().Timestamps && whole > 12:
		return whole - 12 // RFC 7323, appendix A
	}
	return whole
}

// inPieces judges a capture behind a hole that the sender found by itself: after a pause in which a timer repeats something three
// times, what would fill one whole segment comes in two pieces, for the first repetition that arrives is a smaller one.
func inPieces(c *diagnose.Case, d flow.Dir) diagnose.Verdict {
	whole := wholeSegment(c)
	if whole < large || whole == unknownWhole || c.FirstICMP(asksSmaller) != nil {
		return diagnose.Verdict{}
	}
	var before, first *flow.Row // what comes before a pause, and the first piece after it
	last, next, passed := c.Row(c.Half(d).SYN.Frame), wire.Seq(1), uint32(0)
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		switch {
		case r.Dir != d || !diagnose.Data(r) || r.Marks.Any(classify.DuplicateCapture):
			continue
		case first != nil && r.Seq == first.End() && r.Len == whole-first.Len:
			return diagnose.Verdict{Level: diagnose.Strong, Severity: "error", Why: "a whole segment comes in pieces after a long pause", Frames: []uint32{before.Frame, first.Frame, r.Frame},
				Title: "large segments vanish and smaller ones arrive: an MTU black hole, which the sender found by itself",
				Evidence: []string{"after " + diagnose.Took(first.Time.Sub(before.Time)) + " a segment of " + diagnose.Count(first.Len, "byte") + " of the " + d.Sender() + " comes " + diagnose.Seg(first.Frame) +
					", and then " + diagnose.Count(r.Len, "byte") + " more " + diagnose.Seg(r.Frame) + ": together they are just what fills a whole segment, " + diagnose.Num(whole),
					"its sender had cut one in two that never came whole " + diagnose.Seg(first.Frame)}}
		case first == nil && r.Seq == next && last != nil && r.Len >= whole/2 && r.Len < whole-whole/8 && r.Len >= passed && r.Time.Sub(last.Time) >= repeats(c):
			before, first = last, r
		}
		passed = max(passed, r.Len)
		if r.Seq == next {
			last, next = r, r.End()
		}
	}
	return diagnose.Verdict{}
}

// neverCame is the first data of d behind bytes that never came, how many these are, and the length of a whole segment, of which they
// are some; nil when there is no such hole, or whole segments came.
func neverCame(c *diagnose.Case, d flow.Dir) (beyond *flow.Row, missing, whole uint32) {
	h := c.Half(d)
	if whole = wholeSegment(c); h.MissingBytes == h.MissingAcked || whole < large || whole == unknownWhole || c.Conv.Gap > 0 {
		return nil, 0, 0
	}
	for i := range c.Conv.Rows {
		r := &c.Conv.Rows[i]
		switch {
		case r.Dir != d || !diagnose.Data(r) || r.End().LessEq(h.Acked) && r.Len < whole:
		case r.Len >= whole || r.Seq.LessEq(h.Acked):
			return nil, 0, 0
		case beyond == nil || r.Seq.Less(beyond.Seq):
			beyond = r
		}
	}
	if beyond == nil {
		return nil, 0, 0
	}
	missing = uint32(beyond.Seq.Sub(h.Acked))
	if missing%whole != 0 {
		return nil, 0, 0
	}
	return beyond, missing, whole
}

// sacked is the first ACK that selectively acknowledges something after d had sent, beyond the hole, a segment of less than size
// bytes; 0 when none does.
func sacked(c *diagnose.Case, d flow.Dir, size uint32) uint32 {
	less := c.FirstAfter(0, d, func(r *flow.Row) bool { return diagnose.Data(r) && r.Len < size && c.Half(d).Acked.Less(r.Seq) })
	if less == nil {
		return 0
	}
	r := c.FirstAfter(less.Frame, d.Other(), func(r *flow.Row) bool { return r.OptionSet&wire.HasSACK != 0 })
	if r == nil {
		return 0
	}
	return r.Frame
}

// PMTUOK: a router asked for smaller packets and got them: path MTU discovery at work (RFC 1191, RFC 8201).
var PMTUOK = &diagnose.Rule{
	ID: "pmtu-ok", Title: "a router asked for smaller packets: path MTU discovery works", Symptom: diagnose.Harmless, Needs: diagnose.BothDirections,
	Cause: "A link on the path takes smaller packets only, and says so. One round trip is lost, once.",
	Fix:   "nothing is wrong; the MTU is remembered for 10 minutes:  ip route get HOST",
	Refs:  []string{"RFC 1191 4", "RFC 8201 4"}, Scenario: "pmtu-ok", LookAlikes: []string{"pmtu-blackhole", "icmp-on-established"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		e := c.FirstICMP(asksSmaller)
		if e == nil {
			return diagnose.Ruled("no router asked for smaller packets")
		}
		return diagnose.Verdict{Level: diagnose.Certain, Why: "a router asked for smaller packets", Frames: []uint32{e.Frame},
			Evidence: []string{e.From.String() + " asks for packets of at most " + diagnose.Count(e.MTU, "byte") + " " + diagnose.Frame(e.Frame)}}
	},
}

// asksSmaller reports whether an ICMP error says that a packet was too big.
func asksSmaller(e *wire.ICMP) bool {
	return !e.V6 && e.Type == 3 && e.Code == 4 || e.V6 && e.Type == 2
}

// SmallMSS: an end asked for very small segments in its SYN.
var SmallMSS = &diagnose.Rule{
	ID: "small-mss", Title: "an end asks for very small segments", Symptom: diagnose.Slow, Needs: diagnose.BothDirections,
	Cause: "TCP_MAXSEG, a route's advmss, or a tunnel's clamp: headers outweigh the data.",
	Fix:   "ip route show (advmss); look for TCP_MAXSEG in the program and for clamping on the way",
	Refs:  []string{"RFC 9293 3.7.1", "RFC 6691"}, Scenario: "small-mss", LookAlikes: []string{"pmtu-ok"},
	Judge: func(c *diagnose.Case) diagnose.Verdict {
		for _, d := range [...]flow.Dir{flow.ToServer, flow.ToClient} {
			syn := &c.Half(d).SYN
			// RFC 9293, 3.7.1: without the option 536 bytes are assumed, the least any host must take.
			if syn.Seen && syn.MSS != 0 && syn.MSS < 536 && c.Half(d.Other()).PayloadBytes > uint64(syn.MSS) {
				return diagnose.Verdict{Level: diagnose.Certain, Severity: "note", Why: "the MSS option says so", Frames: []uint32{syn.Frame},
					Evidence: []string{"the " + d.Sender() + "'s SYN asks for segments of at most " + diagnose.Count(syn.MSS, "byte") + " " + diagnose.Seg(syn.Frame)}}
			}
		}
		return diagnose.Ruled("both ends take segments of an ordinary size")
	},
}
