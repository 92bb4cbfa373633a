// Package join makes one capture of two that were made at the two ends of the same connections: each connection and each
// packet once, with when it left one end and when it reached the other, what was lost on the way and what was changed.
//
// The way: read both captures, pair their connections, match their packets, estimate the difference of the two clocks,
// decide the fate of each packet, put what is left in one order.
package join

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"tcplab/analyze/flow"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Capture is one of the two.
type Capture struct {
	Name     string                         // what messages call it
	Side     string                         // "client" or "server" where the run that made it says so, "" when nobody knows
	Open     func() (capture.Source, error) // it is read twice
	From, To capture.Stamp                  // it watched all that time; 0: nothing is known beyond its frames
	Complete bool                           // the kernel dropped nothing: what it does not hold did not pass there
}

// Join is two captures as one.
type Join struct {
	Clock   Clock
	Only    [2]int // connections of one capture alone that are left out: they are of other hosts
	trails  [2]*trail
	conns   []*Conn
	entries []entry
	names   [2]map[[2]end][2]end // see rename
}

// Conn is a connection as both captures show it.
type Conn struct {
	near int      // which capture was made at the client
	seen [2]*conn // in each capture; one may be nil: nothing of it arrived there
	Way  [2]Way   // by sender
	NAT  bool     // the two ends see different addresses or ports

	hops      [2]int // by how much the TTL of most packets is less when they arrive
	hopsKnown [2]bool
}

// ErrNothingShared is wrapped by the error of Of for captures that were not made of the same connections.
var ErrNothingShared = errors.New("the two captures share no connection")

// Of joins two captures. In the result the first is the one made nearer to the clients.
func Of(ctx context.Context, a, b Capture, sameClock bool) (*Join, error) {
	j := &Join{}
	for i, c := range [...]Capture{a, b} {
		t, err := read(ctx, c)
		if err != nil {
			return nil, err
		}
		j.trails[i] = t
	}
	j.pair()
	if len(j.conns) == 0 && (!j.sidesKnown() || len(j.trails[0].conns)+len(j.trails[1].conns) == 0) {
		return nil, fmt.Errorf("%w: %s has %s, %s has %s", ErrNothingShared, a.Name, count(j.trails[0]), b.Name, count(j.trails[1]))
	}
	for _, c := range j.conns {
		c.matchAlike()
	}
	j.orient()
	j.Clock = j.estimate(sameClock)
	for _, c := range j.conns {
		for _, d := range directions {
			j.match(c, d)
		}
	}
	j.alone()
	j.name()
	j.order()
	for _, c := range j.conns {
		for _, d := range directions {
			c.Way[d] = j.sum(c, d)
		}
	}
	return j, nil
}

var directions = [...]flow.Dir{flow.ToServer, flow.ToClient}

func count(t *trail) string {
	if len(t.conns) == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", len(t.conns))
}

// Captures are the two, the one at the client first.
func (j *Join) Captures() [2]Capture { return [2]Capture{j.trails[0].Capture, j.trails[1].Capture} }

// Frames is how many frames each capture holds.
func (j *Join) Frames() [2]int { return [2]int{len(j.trails[0].frames), len(j.trails[1].frames)} }

// Conn is the connection of a frame of the joined capture, nil when it has none.
func (j *Join) Conn(frame uint32) *Conn {
	e := j.at(frame)
	if e == nil {
		return nil
	}
	if at := j.trails[e.side].frames[e.index].conn; at >= 0 {
		return j.trails[e.side].conns[at].joined
	}
	return nil
}

// at is the entry of a frame of the joined capture, nil for a number that it does not have.
func (j *Join) at(frame uint32) *entry {
	if frame == 0 || int(frame) > len(j.entries) {
		return nil
	}
	return &j.entries[frame-1]
}

// end is one end of a connection.
type end struct {
	addr wire.Addr
	port uint16
}

// trail is what is kept of a capture to join it.
type trail struct {
	Capture
	frames  []frame
	conns   []*conn
	quotes  []quote
	doubled bool // it shows packets twice, as the any device does with bridges
	table   flow.Table
	current int // index of the frame that the table is looking at
}

// frame is where a frame of a capture belongs.
type frame struct {
	time   capture.Stamp
	conn   int32 // -1: none
	packet int32
	dir    flow.Dir
}

// quote is an ICMP error.
type quote struct {
	frame    int
	src, dst end
}

// conn is a connection in one capture.
type conn struct {
	ends   [2]end // client, server
	isn    [2]wire.Seq
	known  [2]bool // which isn was seen
	way    [2][]packet
	joined *Conn
}

// packet is what is kept of a segment.
type packet struct {
	time         capture.Stamp
	seq, ack     wire.Seq
	len, sum     uint32 // sum of the payload, 0 when it was cut or empty
	tsval, tsecr uint32
	number       uint32 // in its capture
	joined       uint32 // in the joined capture, 0 when it is not there
	mate         int32  // its index in the other capture, none when it has none
	options      wire.OptionSet
	win, ipid    uint16
	mss          uint16
	flags        wire.Flags
	ttl, tos     uint8
	scale        uint8
	of           int32  // a packet of the other capture with bytes of it (Recut), or the first copy in the same one (Copied)
	gone         uint32 // of its bytes that never arrived
	alike        bool   // the capture holds one like it just before
	again        bool   // the capture holds it twice
	late         bool   // one that left later arrived before it
	extra        uint8  // how often it arrived beyond once
	fate         Fate
}

// none marks a packet that has no mate.
const none = -1

// end is the sequence number behind the payload.
func (p *packet) end() wire.Seq { return p.seq + wire.Seq(p.len) }

// read reads a capture.
func read(ctx context.Context, c Capture) (*trail, error) {
	src, err := c.Open()
	if err != nil {
		return nil, err
	}
	defer src.Close()
	t := &trail{Capture: c}
	t.table.Done, t.table.Seen = func(*flow.Conversation) {}, t.seen
	var p wire.Packet
	var frags wire.Reassembler
	var b capture.Batch
	for {
		if err := cmp.Or(ctx.Err(), capture.NextBatch(src, &b)); err != nil {
			return t.end(err)
		}
		for i := range b.Frames {
			t.frame(&b.Frames[i], &p, &frags)
		}
	}
}

func (t *trail) frame(f *capture.Frame, p *wire.Packet, frags *wire.Reassembler) {
	t.current = len(t.frames)
	t.frames = append(t.frames, frame{time: f.Time, conn: none})
	kind := wire.Decode(f, p)
	if kind == wire.Fragment {
		kind = frags.Add(p)
	}
	switch kind {
	case wire.TCP:
		t.table.Segment(&p.Segment)
	case wire.ICMPError:
		q := &p.ICMP
		t.quotes = append(t.quotes, quote{t.current, end{q.Src, q.SrcPort}, end{q.Dst, q.DstPort}})
	}
}

// seen takes a segment and the connection that it belongs to.
func (t *trail) seen(c *flow.Conversation, d flow.Dir, _ wire.Seq, s *wire.Segment) {
	for int(c.ID) >= len(t.conns) {
		t.conns = append(t.conns, &conn{ends: [2]end{{c.Client, c.ClientPort}, {c.Server, c.ServerPort}}})
	}
	k := t.conns[c.ID]
	if s.Flags.Any(wire.SYN) && !k.known[d] {
		k.isn[d], k.known[d] = s.Seq, true
	}
	p := packet{time: s.Time, seq: s.Seq, ack: s.Ack, len: s.Len, sum: sumOf(s), tsval: s.Options.TSVal, tsecr: s.Options.TSEcr,
		number: s.Frame, mate: none, options: s.Options.Has, win: s.Window, ipid: s.IPID, mss: s.Options.MSS, flags: s.Flags,
		ttl: s.TTL, tos: s.TOS, scale: s.Options.WindowScale}
	p.alike = k.twice(d, &p)
	p.again = p.alike && p.singular()
	t.frames[t.current] = frame{s.Time, int32(c.ID), int32(len(k.way[d])), d}
	k.way[d] = append(k.way[d], p)
}

// sumOf mixes the payload into 32 bits (FNV-1a); 0 when not all of it was captured.
func sumOf(s *wire.Segment) uint32 {
	if uint32(len(s.Payload)) != s.Len || s.Len == 0 {
		return 0
	}
	h := uint32(2166136261)
	for _, b := range s.Payload {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

// How far apart a capture shows the two copies of a packet that it sees twice, in time and in packets.
const (
	twiceTime    = 20e6
	twicePackets = 8
)

// singular reports whether a host sends no second packet like p so soon: it gives each an IP ID of its own, and repeats
// data under a later timestamp. A SYN-ACK of Linux and an ACK over IPv6 have neither.
func (p *packet) singular() bool { return p.ipid != 0 || p.len > 0 && p.tsval != 0 }

// twice reports whether the capture has shown the same packet just before.
func (k *conn) twice(d flow.Dir, p *packet) bool {
	way := k.way[d]
	for i := len(way) - 1; i >= max(0, len(way)-twicePackets) && p.time-way[i].time < twiceTime; i-- {
		if way[i].strict() == p.strict() && way[i].win == p.win {
			return true
		}
	}
	return false
}

// end finishes the trail; err is what ended the source.
func (t *trail) end(err error) (*trail, error) {
	if !isEnd(err) {
		return nil, fmt.Errorf("%s: %w", t.Name, err)
	}
	var all, again int
	for _, k := range t.conns {
		for _, way := range k.way {
			for i := range way {
				if way[i].singular() {
					all++
				}
				if way[i].again {
					again++
				}
			}
		}
	}
	t.doubled = again*4 >= all && again > 0
	for _, k := range t.conns {
		for d := range k.way {
			for i := range k.way[d] {
				p := &k.way[d][i]
				p.again = p.again || p.alike && t.doubled
			}
		}
	}
	t.watched()
	return t, nil
}

// watched fills in when the capture began and ended, at least.
func (t *trail) watched() {
	for i := range t.frames {
		if at := t.frames[i].time; t.From == 0 || at < t.From {
			t.From = at
		}
		t.To = max(t.To, t.frames[i].time)
	}
}
