package diagnose

import (
	"tcplab/analyze/flow"
	"tcplab/analyze/report"
	"tcplab/analyze/wire"
	"tcplab/capture"
)

// Likeness is what decides about an attempt that is only noted, as kind does about one that was followed.
type Likeness struct {
	flow.Bare
	client, server place
	sameHost       bool
	neighbors      bool
	gap, rest      uint8
}

// Of completes the likeness of the attempt l.Bare and o, which nothing more came of until then; false when nothing like it is
// expected. The capture holds neighbour messages or does not.
func (l *Likeness) Of(o *flow.Own, until capture.Stamp, neighbors bool) bool {
	if o.ClientPort < freePorts || o.ClientPort == l.ServerPort {
		return false
	}
	_, last := l.Last(o)
	l.client, l.server, l.sameHost = placeOf(&o.Client), placeOf(&o.Server), o.Client == o.Server
	l.neighbors, l.gap, l.rest = neighbors, magnitude(last.Sub(o.Times[0])), magnitude(max(until.Sub(last), 0))
	return l.client != nowhere && l.server != nowhere && until != 0
}

// Hash spreads likenesses by what differs most in one capture.
func (l *Likeness) Hash() uint32 {
	h := uint64(l.ServerPort)<<32 | uint64(l.gap)<<24 | uint64(l.rest)<<16 | uint64(l.client)<<8 | uint64(l.server)
	return uint32(h * 0x9e3779b97f4a7c15 >> 40)
}

// Like is what every attempt of a likeness is told, and what an Index remembers of it.
type Like struct {
	lore
	peer   Peer
	frames [2]uint32 // of the attempt that peer was made of
	bare   flow.Bare
	now    flow.Conversation // names the attempt at hand, no more
}

// Example is an attempt of a likeness, followed.
type Example struct {
	Own  flow.Own
	Conv *flow.Conversation
}

// Learn judges examples of a likeness, as different as two of it can be. The result is nil where they are not all told the same.
func (e *Engine) Learn(l *Likeness) (*Like, []Example) {
	a := acquaintance{}
	var list []Example
	for n := range samples {
		x := l.example(uint32(n))
		var k kind
		if !k.of(x.Conv) {
			return nil, nil
		}
		if k.neighbors = l.neighbors; n > 0 && k != a.kind {
			return nil, nil
		}
		a.kind = k
		list = append(list, x)
	}
	if a.learn(e); !a.alike {
		return nil, nil
	}
	like := &Like{lore: a.lore, peer: PeerOf(list[0].Conv), frames: list[0].Own.Frames, bare: l.Bare}
	for i := range list {
		var p Peer
		if like.remember(&list[i].Own, &p); p != PeerOf(list[i].Conv) {
			return nil, nil
		}
	}
	return like, list
}

// example makes and follows sample n of l: the same as sampleOf makes of a kind.
func (l *Likeness) example(n uint32) Example {
	gap, rest := ends(l.gap, n&1), ends(l.rest, n&2)
	start := capture.Stamp(1_700_000_000_000_000_000 + int64(n)*86_399_123_456_789)
	x := Example{Own: flow.Own{
		ID: 1_000_000 + n, ClientPort: uint16(61_987 - 1_013*n), Client: address(l.client, byte(n), 201), Server: address(l.server, byte(n), 221),
		Frames: [2]uint32{3_111_111_111 + n*1_010_101, 3_222_222_222 + n*2_020_202}, Times: [2]capture.Stamp{start, start + capture.Stamp(gap)},
		ISN: wire.Seq(77_123_457 * (n + 1)), Stamps: [2]uint32{87_654_321 * (n + 1), 43_218_765 * (n + 1)}, IPIDs: [2]uint16{uint16(9_001 + 7_919*n), uint16(40_009 - 7_907*n)},
		Checksums: [2]uint16{uint16(3*n + 1), uint16(5*n + 2)}, MACs: [2][6]byte{{2, 0xc1, byte(n), 1, 2, 3}, {2, 0x5e, byte(n), 4, 5, 6}},
	}}
	if l.sameHost {
		x.Own.Client = x.Own.Server
	}
	var f flow.Follower
	var m flow.Memory
	noted := l.With(&x.Own)
	x.Conv = f.Follow(&noted, &m)
	x.Conv.Until = x.Conv.Last + capture.Stamp(rest)
	return x
}

// remember makes p what an Index remembers of the attempt o.
func (l *Like) remember(o *flow.Own, p *Peer) {
	frame, last := l.bare.Last(o)
	*p = l.peer
	p.ID, p.Client, p.Server, p.ClientPort = o.ID, o.Client, o.Server, o.ClientPort
	p.First, p.Last, p.Frame = o.Times[0], last, o.Frames[0]
	p.SYNSeq, p.Next[flow.ToServer] = o.ISN, p.Next[flow.ToServer]-p.SYNSeq+o.ISN
	if p.Reset != 0 {
		p.Reset, p.ResetTime = frame, last
	}
	for d, at := range l.peer.LastFrame {
		switch at {
		case l.frames[0]:
			p.LastFrame[d] = o.Frames[0]
		case l.frames[1]:
			p.LastFrame[d] = o.Frames[1]
		}
	}
}

// Remember is Add for the attempt o of a likeness.
func (x *Index) Remember(l *Like, o *flow.Own) {
	ended, attempt := l.peer.answer()
	x.last = x.of(&o.Server)
	p := x.last.room(perHost, ended, attempt)
	l.remember(o, p)
	if port := x.port(p.ServerPort); !port.full(x.last) {
		*port.room(perPort, ended, attempt) = *p
	}
}

// Recall returns what the attempt o of a likeness is told, the ends of which are called so; false when what is known beside it may
// tell more.
func (e *Engine) Recall(l *Like, o *flow.Own, client, server string, x *Index, seen []wire.NeighborMsg) ([]report.Finding, bool) {
	v := &l.now
	v.ID, v.Client, v.Server, v.ClientPort, v.ServerPort, v.FirstFrame = o.ID, o.Client, o.Server, o.ClientPort, l.bare.ServerPort, o.Frames[0]
	v.LastFrame, _ = l.bare.Last(o)
	if !x.plain(&o.Server, l.bare.ServerPort) || len(seen) > 0 {
		c := Case{Conv: v, Neighbors: seen}
		if x.Join(&c); !c.uniform || e.memory.named(&c) {
			return nil, false
		}
	}
	p := &e.memory.page
	p.client, p.server = client, server
	return l.about(v, p), true
}
