package diagnose

import (
	"encoding/binary"
	"math/bits"
	"time"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// kind is what decides about a bare attempt: a connection of one or two segments without payload. Captures hold millions
// of these that differ in names, numbers and moments alone, and those are taken out of it: see free. All else is compared
// as it is, so that a field which is new in flow tells kinds apart until somebody takes it out.
type kind struct {
	serverPort     uint16
	client, server place
	sameHost       bool
	neighbors      bool  // the capture holds ARP or neighbour discovery, none of it of these two
	gap, rest      uint8 // magnitudes of the wait between the segments, and of the silence after them

	clientKnown, oneWay, reset bool
	vlan                       uint16
	tunnel, frames, closing    uint32
	completeness               uint8
	state                      [2]flow.State
	handshake                  flow.Handshake
	outcome, history, vantage  string
	close, closedBy, timeWait  string
	half                       [2]flow.Half
	first                      flow.Reset
	rows                       [maxBare]flow.Row
}

// maxBare is how many segments a bare attempt has at most.
const maxBare = 2

// freePorts begin here; a rule may know what a client uses below.
const freePorts = 1024

// of makes k the kind of c; false when c is no bare attempt, or one so odd that nothing like it is expected.
func (k *kind) of(c *flow.Conversation) bool {
	if c.Frames > maxBare || int(c.Frames) != len(c.Rows) || c.Frames == 0 || c.ClientPort < freePorts || c.Last < c.First ||
		len(c.SYNs)+len(c.ICMP)+len(c.Warnings)+c.Gap+int(c.Duplicates) > 0 || len(c.Resets) > 1 ||
		c.Half[0].PayloadBytes+c.Half[1].PayloadBytes > 0 || c.Half[0].Measures != nil || len(c.Close.Frames) > 1 {
		return false
	}
	k.client, k.server, k.sameHost = placeOf(&c.Client), placeOf(&c.Server), c.Client == c.Server
	if k.client == nowhere || k.server == nowhere {
		return false
	}
	k.serverPort, k.gap, k.rest = c.ServerPort, magnitude(c.Duration()), noMagnitude
	if c.Until != 0 {
		k.rest = magnitude(max(c.Until.Sub(c.Last), 0))
	}
	k.clientKnown, k.oneWay, k.vlan, k.tunnel, k.frames = c.ClientKnown, c.OneWay, c.VLAN, c.Tunnel, c.Frames
	k.completeness, k.state, k.handshake = c.Completeness, c.State, c.Handshake
	k.outcome, k.history, k.vantage = c.Outcome, c.History, c.Vantage
	k.close, k.closedBy, k.timeWait, k.closing = c.Close.Kind, c.Close.By, c.Close.TimeWait, 0
	if len(c.Close.Frames) == 1 {
		k.closing = c.Close.Frames[0]
	}
	k.half = c.Half
	k.first, k.reset = flow.Reset{}, c.Reset != nil
	if k.reset {
		if k.first = *c.Reset; len(c.Resets) != 1 || c.Resets[0] != k.first {
			return false
		}
	}
	k.rows[0], k.rows[1] = c.Rows[0], flow.Row{}
	if c.Frames == 2 {
		k.rows[1] = c.Rows[1]
	}
	out := taking(c)
	k.each(&out)
	return !out.failed && k.rows[0].Detail == nil && k.rows[1].Detail == nil
}

// each shows v every field of k that is free.
func (k *kind) each(v *free) {
	for d := range k.half {
		h := &k.half[d]
		v.frame(&h.SYN.Frame)
		v.time(&h.SYN.Time)
		v.number(&h.SYN.ISN, flow.Dir(d), h.SYN.Seen)
		v.id(&h.SYN.IPID)
		v.stamp(&h.SYN.TSVal)
		v.frame(&h.Checksums.First)
		v.frame(&h.LastFrame)
		v.time(&h.LastTime)
	}
	v.frame(&k.handshake.SYN)
	v.frame(&k.handshake.SYNACK)
	v.frame(&k.handshake.ACK)
	v.frame(&k.closing)
	if r := &k.first; k.reset {
		v.frame(&r.Frame)
		v.time(&r.Time)
		v.number(&r.SeqRaw, r.Dir, k.half[r.Dir].SYN.Seen)
		v.number(&r.AckRaw, r.Dir.Other(), k.half[r.Dir.Other()].SYN.Seen && r.Flags.Any(wire.ACK))
		v.id(&r.IPID)
		v.mac(&r.MAC)
		v.frame(&r.AnswersFrame)
	}
	for i := range k.rows[:k.frames] {
		r := &k.rows[i]
		v.frame(&r.Frame)
		v.time(&r.Time)
		v.number(&r.SeqRaw, r.Dir, k.half[r.Dir].SYN.Seen)
		v.number(&r.AckRaw, r.Dir.Other(), k.half[r.Dir.Other()].SYN.Seen && r.Flags.Any(wire.ACK))
		v.stamp(&r.TSVal)
		v.stamp(&r.TSEcr)
		v.id(&r.IPID)
		v.mac(&r.MAC)
	}
}

// free takes the free values out of a kind, or puts other ones in. What it leaves in their place says only which they were:
// 1 what the first segment has, 2 another one; frames and times are those of the first and of the second segment, and
// sequence numbers distances from their beginning.
type free struct {
	frames [3]uint32
	times  [3]capture.Stamp
	begin  [2]wire.Seq
	ids    [3]uint16
	stamps [3]uint32
	macs   [3][6]byte
	put    bool
	failed bool // a frame or time is neither the first nor the second
}

// taking takes out what c has.
func taking(c *flow.Conversation) free {
	first := &c.Rows[0]
	return free{
		frames: [3]uint32{0, c.FirstFrame, c.LastFrame}, times: [3]capture.Stamp{0, c.First, c.Last},
		begin: [2]wire.Seq{c.Half[0].SYN.ISN, c.Half[1].SYN.ISN},
		ids:   [3]uint16{0, first.IPID}, stamps: [3]uint32{0, first.TSVal}, macs: [3][6]byte{{}, first.MAC},
	}
}

func (v *free) frame(f *uint32) {
	switch {
	case v.put:
		*f = v.frames[*f]
	case *f == 0:
	case *f == v.frames[1]:
		*f = 1
	case *f == v.frames[2]:
		*f = 2
	default:
		v.failed = true
	}
}

func (v *free) time(t *capture.Stamp) {
	switch {
	case v.put:
		*t = v.times[*t]
	case *t == 0:
	case *t == v.times[1]:
		*t = 1
	case *t == v.times[2]:
		*t = 2
	default:
		v.failed = true
	}
}

// number counts a sequence number from the beginning of what end sends, when that is known.
func (v *free) number(n *wire.Seq, end flow.Dir, known bool) {
	switch {
	case !known:
	case v.put:
		*n += v.begin[end]
	default:
		*n -= v.begin[end]
	}
}

func (v *free) id(n *uint16) {
	switch {
	case v.put:
		*n = v.ids[*n]
	case *n == 0:
	case *n == v.ids[1]:
		*n = 1
	default:
		*n = 2
	}
}

func (v *free) stamp(n *uint32) {
	switch {
	case v.put:
		*n = v.stamps[*n]
	case *n == 0:
	case *n == v.stamps[1]:
		*n = 1
	default:
		*n = 2
	}
}

func (v *free) mac(m *[6]byte) {
	switch {
	case v.put:
		*m = v.macs[m[0]]
	case *m == v.macs[0]:
	case *m == v.macs[1]:
		*m = [6]byte{1}
	default:
		*m = [6]byte{2}
	}
}

// A magnitude is half the bits of a wait in nanoseconds: four times the wait is the next one.
const noMagnitude = 255

func magnitude(d time.Duration) uint8 { return uint8(bits.Len64(uint64(d))+1) / 2 }

// shortest and longest are the ends of a magnitude.
func shortest(m uint8) time.Duration {
	if m == 0 {
		return 0
	}
	return 1 << (2*m - 2)
}

func longest(m uint8) time.Duration { return 1<<(2*m) - 1 }

// ends is the shortest of a magnitude when which is 0, else the longest.
func ends(m uint8, which uint32) time.Duration {
	if which == 0 {
		return shortest(m)
	}
	return longest(m)
}

// place is what kind of address one is.
type place uint8

const (
	nowhere place = iota // an address of no single host, or of another use: nothing else is taken to be like it
	private4
	loopback4
	link4
	public4
	private6
	link6
	public6
)

func placeOf(a *wire.Addr) place {
	if binary.BigEndian.Uint64(a[:8]) == 0 && binary.BigEndian.Uint32(a[8:]) == 0xffff {
		return place4(a[12], a[13])
	}
	switch ip := a.Netip(); {
	case ip.IsLoopback() || ip.IsUnspecified() || ip.IsMulticast():
		return nowhere
	case ip.IsPrivate():
		return private6
	case ip.IsLinkLocalUnicast():
		return link6
	}
	return public6
}

func place4(a, b byte) place {
	switch {
	case a == 0 || a >= 224:
		return nowhere
	case a == 127:
		return loopback4
	case a == 10 || a == 172 && b&0xf0 == 16 || a == 192 && b == 168:
		return private4
	case a == 169 && b == 254:
		return link4
	}
	return public4
}
